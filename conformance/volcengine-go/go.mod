module shiming/conformance/volcengine

go 1.21

require github.com/volcengine/volc-sdk-golang v1.0.253

require (
	github.com/cenkalti/backoff/v4 v4.1.2 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/google/uuid v1.3.0 // indirect
	golang.org/x/net v0.12.0 // indirect
	golang.org/x/text v0.11.0 // indirect
)
