// ConnectorsTests
