extension JSONWriter {
  /// Ends a text without a mark: the next value is another one, directly behind.
  @inlinable public mutating func endText() { isBehindValue = false }
}
