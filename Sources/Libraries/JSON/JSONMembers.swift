/// The members of an object in a document, in the order of the text; a name that comes again comes
/// again here. Empty for anything else.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
  @usableFromInline let document: JSONDocument
  @usableFromInline var place: Int
  @usableFromInline let end: Int

  @inlinable init(_ view: JSONView) {
    document = view.document
    let isObject = view.kind == .object
    place = view.index + 1
    end = isObject ? view.read { $0.close(view.index) } : place
  }

  @inlinable public mutating func next() -> JSONMember? {
    guard place < end else { return nil }
    let member = JSONMember(name: JSONView(document: document, index: place))
    place = member.name.read { $0.after(place + 1) }
    return member
  }
}

/// One member of an object in a document.
public struct JSONMember: Sendable {
  /// The name, as a string that has not been copied out.
  public let name: JSONView

  @inlinable init(name: JSONView) { self.name = name }

  @inlinable public var key: String { name.stringValue ?? "" }
  @inlinable public var value: JSONView {
    JSONView(document: name.document, index: name.index + 1)
  }
}

/// The elements of an array in a document. Empty for anything else.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
  @usableFromInline let document: JSONDocument
  @usableFromInline var place: Int
  @usableFromInline let end: Int

  @inlinable init(_ view: JSONView) {
    document = view.document
    let isArray = view.kind == .array
    place = view.index + 1
    end = isArray ? view.read { $0.close(view.index) } : place
  }

  @inlinable public mutating func next() -> JSONView? {
    guard place < end else { return nil }
    let element = JSONView(document: document, index: place)
    place = element.read { $0.after(place) }
    return element
  }
}

extension JSONView {
  @inlinable public var members: JSONMembers { JSONMembers(self) }
  @inlinable public var elements: JSONElements { JSONElements(self) }
}
