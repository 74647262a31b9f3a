import Expressions
import JSON

/// A criterion's pattern that is a text. StackStorm renders it as a template twice: first with `|
/// to_complex` put behind what stands in `{{ }}`, so that the answer is JSON and keeps its type; if
/// that is not JSON, then as it is written, for a text. The first `{{` and the last `}}` of a line
/// count as one pair, so of two expressions in a line only the second becomes JSON.
struct PatternTemplate: Sendable {
  private let typed: Result<Template, ExpressionError>?
  /// What `typed` makes JSON of, where that is all it does: most patterns need no JSON in between.
  private let direct: Template?
  private let plain: Result<Template, ExpressionError>

  /// Groups: the opening braces, the expression, the closing braces. White space stays, so that an
  /// error's column is the one in the text as written.
  private static let expression = try? Regex(#"(\{\{\s*)(.*)(\s*\}\})"#)

  init(_ text: String, limits: EvaluationLimits) {
    plain = Self.parse(text, limits)
    guard let expression = Self.expression, let isFound = try? expression.matches(text), isFound
    else {
      typed = nil
      direct = nil
      return
    }
    do throws(ExpressionError) {
      let rewritten = try expression.replacingMatches(
        in: text, with: #"\1\2 | to_complex\3"#, limits: limits)
      typed = Self.parse(rewritten, limits)
      direct = (try? typed?.get())?.beforeFilter("to_complex")
    } catch {
      typed = .failure(error)
      direct = nil
    }
  }

  private static func parse(
    _ text: String, _ limits: EvaluationLimits
  ) -> Result<Template, ExpressionError> {
    do throws(ExpressionError) {
      return .success(try Template(parsing: text, limits: limits))
    } catch {
      return .failure(error)
    }
  }

  /// What is wrong with the text, so that it can never be rendered.
  var fault: ExpressionError? {
    for case .failure(let error)? in [plain, typed] { return error }
    return nil
  }

  /// The value where it depends on no context; nil where it does or cannot be had.
  func constant(limits: EvaluationLimits) -> Value? {
    guard let template = try? plain.get(), template.names.isEmpty else { return nil }
    return try? render(TemplateValues(), limits: limits)
  }

  func render(
    _ context: some TemplateContext, limits: EvaluationLimits
  ) throws(ExpressionError) -> Value {
    let plain = try plain.get()
    if let direct {
      let value = try direct.evaluate(context, limits: limits)
      switch value {
      case .none, .bool, .int, .uint, .string, .view, .owned: return value
      case .double(let number) where number.isFinite: return value
      default: break
      }
    }
    if let typed {
      let text = try typed.get().render(context, limits: limits)
      let json = JSONLimits(depthMax: limits.depthMax, bytesMax: limits.outputBytesMax)
      if let document = try? JSONDocument(parsing: text, limits: json) {
        return Value(document.root)
      }
    }
    return .string(try plain.render(context, limits: limits))
  }
}
