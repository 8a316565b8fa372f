// Drives Volcengine's newer Go SDK: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/volcengine/volcengine-go-sdk/service/volcsms"
	"github.com/volcengine/volcengine-go-sdk/volcengine"
	"github.com/volcengine/volcengine-go-sdk/volcengine/base"
	"github.com/volcengine/volcengine-go-sdk/volcengine/credentials"
	"github.com/volcengine/volcengine-go-sdk/volcengine/session"
	"github.com/volcengine/volcengine-go-sdk/volcengine/universal"
	"github.com/volcengine/volcengine-go-sdk/volcengine/volcengineerr"
)

const (
	service = "volcSMS"
	region  = "cn-beijing"
	version = "2021-01-11"
)

type drivenCase struct {
	Case          string           `json:"case"`
	Endpoint      string           `json:"endpoint"`
	Scheme        string           `json:"scheme"`
	AccessKey     string           `json:"access_key"`
	SecretKey     string           `json:"secret_key"`
	SecurityToken string           `json:"security_token"`
	Operation     string           `json:"operation"`
	Arguments     map[string]any   `json:"arguments"`
	Page          *json.RawMessage `json:"page"`
}

type failure struct {
	Type      string `json:"type"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

type outcome struct {
	Case      string   `json:"case"`
	Metadata  any      `json:"metadata,omitempty"`
	Result    any      `json:"result,omitempty"`
	Error     *failure `json:"error,omitempty"`
	Exception string   `json:"exception,omitempty"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	os.Stdout = os.Stderr // where the SDK prints what it cannot decode
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if err := out.Encode(drive(line)); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(3)
			}
		}
		if err != nil {
			return
		}
	}
}

func drive(line []byte) outcome {
	var c drivenCase
	if err := json.Unmarshal(line, &c); err != nil {
		return outcome{Exception: err.Error()}
	}
	if c.Page != nil {
		return signed(c)
	}
	config := volcengine.NewConfig().
		WithRegion(region).
		WithEndpoint(c.Endpoint).
		WithDisableSSL(c.Scheme == "http").
		WithCredentials(credentials.NewStaticCredentials(c.AccessKey, c.SecretKey, c.SecurityToken))
	opened, err := session.NewSession(config)
	if err != nil {
		return outcome{Case: c.Case, Exception: fmt.Sprintf("%T: %v", err, err)}
	}
	if ask, known := typed[c.Operation]; known {
		return told(c, ask, volcsms.New(opened))
	}
	envelope, err := universal.New(opened).DoCall(called(c.Operation), &c.Arguments)
	if err != nil {
		return refused(c.Case, err)
	}
	return outcome{Case: c.Case, Metadata: (*envelope)["ResponseMetadata"], Result: (*envelope)["Result"]}
}

// The operations of the newest generation are asked by their generated classes.
var typed = map[string]func(*volcsms.VOLCSMS, []byte) (any, error){
	"GetSignatureIdentificationList": by((*volcsms.VOLCSMS).GetSignatureIdentificationList),
	"ListSignatureForAgent":          by((*volcsms.VOLCSMS).ListSignatureForAgent),
}

// The members of a generated input have their names on the wire, or those with a capital, both of which are read here.
func by[I, O any](ask func(*volcsms.VOLCSMS, *I) (*O, error)) func(*volcsms.VOLCSMS, []byte) (any, error) {
	return func(client *volcsms.VOLCSMS, arguments []byte) (any, error) {
		var input I
		if err := json.Unmarshal(arguments, &input); err != nil {
			return nil, err
		}
		return ask(client, &input)
	}
}

func told(c drivenCase, ask func(*volcsms.VOLCSMS, []byte) (any, error), client *volcsms.VOLCSMS) outcome {
	arguments, err := json.Marshal(c.Arguments)
	if err != nil {
		return outcome{Case: c.Case, Exception: err.Error()}
	}
	output, err := ask(client, arguments)
	if err != nil {
		return refused(c.Case, err)
	}
	return outcome{Case: c.Case, Result: output}
}

func called(operation string) universal.RequestUniversal {
	call := universal.RequestUniversal{
		ServiceName: service, Action: operation, Version: version, HttpMethod: universal.POST,
		ContentType: universal.ApplicationJSON,
	}
	if operation == "GetSignatureAndOrderList" {
		call.HttpMethod, call.ContentType = universal.GET, universal.Default
	}
	return call
}

func refused(name string, err error) outcome {
	var failed volcengineerr.RequestFailure
	if !errors.As(err, &failed) {
		return outcome{Case: name, Exception: fmt.Sprintf("%T: %v", err, err)}
	}
	return outcome{Case: name, Error: &failure{
		Type: fmt.Sprintf("%T", failed), Status: failed.StatusCode(), Code: failed.Code(), Message: failed.Message(),
		RequestID: failed.RequestID(),
	}}
}

// An address that the SDK's own signer signs.
func signed(c drivenCase) outcome {
	values := url.Values{"Action": {c.Operation}, "Version": {version}}
	for name, value := range c.Arguments {
		values.Set(name, fmt.Sprint(value))
	}
	address := url.URL{Scheme: c.Scheme, Host: c.Endpoint, Path: "/", RawQuery: values.Encode()}
	method := http.MethodPost
	if strings.HasPrefix(c.Operation, "Get") {
		method = http.MethodGet
	}
	request, err := http.NewRequest(method, address.String(), nil)
	if err != nil {
		return outcome{Case: c.Case, Exception: err.Error()}
	}
	signer := base.Credentials{
		AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.SecurityToken, Service: service, Region: region,
	}
	address.RawQuery = signer.SignUrl(request)
	return outcome{Case: c.Case, Result: map[string]string{"address": address.String(), "method": method}}
}
