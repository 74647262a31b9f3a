// AutomationTests
