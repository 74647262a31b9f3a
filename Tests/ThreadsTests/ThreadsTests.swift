// ThreadsTests
