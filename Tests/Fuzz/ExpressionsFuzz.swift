import Expressions
import JSON

/// Reads any bytes as a template, a path, a regular expression and a shell pattern, and evaluates
/// what is one, under small limits. Traps when an answer breaks a limit or an error has no words or
/// a place outside of the text.
public func fuzzExpressions(_ bytes: UnsafeRawBufferPointer) {
  let text = String(decoding: bytes, as: UTF8.self)
  let limits = EvaluationLimits(
    stepsMax: 2_000, outputBytesMax: 4_096, depthMax: 20, matchStepsMax: 2_000)
  guard let document = try? JSONDocument(parsing: fuzzContext) else {
    preconditionFailure("the context is JSON")
  }
  let root = Value(document.root)
  fuzzTemplate(text, TemplateValues(["trigger": root, "a": .int(1), "s": .string("é b")]), limits)
  fuzzPath(text, root, limits)
  fuzzPatterns(text, limits)
}

private let fuzzContext =
  #"{"a":1,"b":[1,2.5,{"c":"d é"},null],"s":"Hello","n":null,"t":true,"k":{"x y":[[]]}}"#

private func check(_ error: ExpressionError, _ text: String) {
  precondition(!error.message.isEmpty, "an error without words")
  guard let place = error.fault.place else { return }
  let lines = text.utf8.count { $0 == 0x0A || $0 == 0x0D } + 1
  precondition((1...lines).contains(place.line), "\(error) is outside the text")
  precondition((1...text.utf8.count + 1).contains(place.column), "\(error) is outside the line")
  precondition(place.excerpt.count <= SourcePlace.excerptCharactersMax, "a long excerpt")
}

private func fuzzTemplate(_ text: String, _ context: TemplateValues, _ limits: EvaluationLimits) {
  do {
    let template = try Template(parsing: text, limits: limits)
    let rendered = try template.render(context, limits: limits)
    precondition(
      template.isConstant || rendered.utf8.count <= limits.outputBytesMax, "too much output")
    precondition(!template.isConstant || template.constantText == rendered, "not constant")
    let again = try template.render(context, limits: limits)
    precondition(rendered.utf8.elementsEqual(again.utf8), "rendering changed something")
    _ = try template.evaluate(context, limits: limits).json()
  } catch {
    check(error, text)
  }
}

private func fuzzPath(_ text: String, _ value: Value, _ limits: EvaluationLimits) {
  do {
    let path = try JSONPath(text)
    let all = try path.all(in: value, limits: limits)
    let first = try path.first(in: value, limits: limits)
    precondition(all.isEmpty == (first == nil), "the first match is not among all")
    if let first { _ = try first.json() }
  } catch {
    check(error, text)
  }
}

private func fuzzPatterns(_ text: String, _ limits: EvaluationLimits) {
  do {
    let regex = try Regex(text, matchStepsMax: limits.matchStepsMax)
    if let match = try regex.firstMatch(in: "Hello é b 12\n") {
      precondition(match.ranges.count == regex.groupCount + 1, "groups are missing")
    }
  } catch {
    check(error, text)
  }
  _ = Fnmatch(text).matches("Hello é b 12\n")
}
