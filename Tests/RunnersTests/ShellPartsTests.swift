import JSON
import Testing

@testable import Runners

/// The small parts of the shell runners.
@Suite struct ShellPartsTests {
  static let values: [(JSONValue, String)] = [
    (.null, "None"), (true, "True"), (false, "False"), (-5, "-5"),
    (.uint(18_446_744_073_709_551_615), "18446744073709551615"), ("it's", "it's"),
    (["it's", "a\"b'c", "\n\t\\\u{1}é"], "[\"it's\", 'a\"b\\'c', '\\n\\t\\\\\\x01é']"),
    (["a": nil, "b": [1, [:]]], "{'a': None, 'b': [1, {}]}"),
  ]

  @Test(arguments: values) func valuesAreWrittenAsInPython(_ value: JSONValue, _ text: String) {
    #expect(PythonText.string(value) == text)
  }

  @Test(arguments: [
    (1.0, "1.0"), (0.1, "0.1"), (-2.5, "-2.5"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
    (123_456_789_012_345_680.0, "1.2345678901234568e+17"), (0.0001, "0.0001"), (0.00001, "1e-05"),
    (0.00012345, "0.00012345"), (1.5e300, "1.5e+300"),
    (9_007_199_254_740_992, "9007199254740992.0"),
  ])
  func numbersAreWrittenAsInPython(_ value: Double, _ text: String) {
    #expect(PythonText.string(.double(value)) == text)
  }

  @Test(arguments: [
    ("plain-1.2/x", "plain-1.2/x"), ("", "''"), ("two words", "'two words'"),
    ("it's", "'it'\"'\"'s'"), ("$x", "'$x'"), ("é", "'é'"), ("a\nb", "'a\nb'"),
  ])
  func wordsAreQuoted(_ text: String, _ word: String) {
    #expect(shellQuoted(text) == word)
  }

  @Test(arguments: [
    ("#!/bin/sh\n", Interpreter.Kind.shell, ["/bin/sh"]),
    ("#! /bin/bash -eu \r\nx", .shell, ["/bin/bash", "-eu"]),
    ("#!/usr/bin/env bash\n", .shell, ["/usr/bin/env", "bash"]),
    ("#!/usr/bin/env -S python3 -u\n", .python, ["/usr/bin/env", "python3", "-u"]),
    ("#!/opt/st2/bin/python2.7\n", .python, ["/opt/st2/bin/python2.7"]),
    ("#!/usr/bin/perl -w -T\n", .other, ["/usr/bin/perl", "-w -T"]),
    ("#!\n", .other, []), ("echo x", .shell, ["/bin/sh"]), ("", .shell, ["/bin/sh"]),
    ("\u{7f}ELF", .other, []),
  ])
  func interpretersAreRead(_ head: String, _ kind: Interpreter.Kind, _ command: [String]) {
    let interpreter = Interpreter(head: Array(head.utf8))
    #expect(interpreter.kind == kind)
    #expect(interpreter.command == command)
  }

  @Test(arguments: [("api_key", "API_KEY"), ("a-b.c", "A_B_C"), ("é1", "_1")])
  func variableNames(_ name: String, _ variable: String) {
    #expect(ShellCommand.variableName(name) == variable)
  }
}
