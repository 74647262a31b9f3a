// RunnersTests
