// CalendarTests
