// Drives Volcengine's older Go SDK: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/volcengine/volc-sdk-golang/base"
	"github.com/volcengine/volc-sdk-golang/service/sms"
)

type drivenCase struct {
	Case          string           `json:"case"`
	Endpoint      string           `json:"endpoint"`
	Scheme        string           `json:"scheme"`
	AccessKey     string           `json:"access_key"`
	SecretKey     string           `json:"secret_key"`
	SecurityToken string           `json:"security_token"`
	Operation     string           `json:"operation"`
	Arguments     json.RawMessage  `json:"arguments"`
	Page          *json.RawMessage `json:"page"`
}

type failure struct {
	Type      string `json:"type"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	CodeN     int    `json:"code_n"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

type outcome struct {
	Case      string                 `json:"case"`
	RequestID string                 `json:"request_id,omitempty"`
	Metadata  *base.ResponseMetadata `json:"metadata,omitempty"`
	Result    any                    `json:"result,omitempty"`
	Error     *failure               `json:"error,omitempty"`
	Exception string                 `json:"exception,omitempty"`
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
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
	client := connect(c)
	if c.Page != nil {
		return signed(client, c)
	}
	send, known := operations[c.Operation]
	if !known {
		return outcome{Case: c.Case, Exception: "no such operation in this SDK: " + c.Operation}
	}
	response, status, err := send(client, c.Arguments)
	if err != nil {
		return refused(c.Case, status, err)
	}
	return read(c.Case, status, response)
}

func connect(c drivenCase) *sms.SMS {
	client := sms.NewInstance()
	client.SetHost(c.Endpoint)
	client.SetSchema(c.Scheme)
	client.Client.SetAccessKey(c.AccessKey)
	client.Client.SetSecretKey(c.SecretKey)
	client.Client.SetSessionToken(c.SecurityToken)
	return client
}

// An address that the SDK signs; which method it is for only its table of operations says.
func signed(client *sms.SMS, c drivenCase) outcome {
	var arguments map[string]string
	if err := json.Unmarshal(c.Arguments, &arguments); err != nil {
		return outcome{Case: c.Case, Exception: err.Error()}
	}
	values := url.Values{}
	for name, value := range arguments {
		values.Set(name, value)
	}
	query, err := client.Client.GetSignUrl(c.Operation, values)
	if err != nil {
		return outcome{Case: c.Case, Exception: err.Error()}
	}
	method := client.GetAPIInfo(c.Operation).Method
	return outcome{Case: c.Case, Result: map[string]string{
		"address": c.Scheme + "://" + c.Endpoint + "/?" + query, "method": method,
	}}
}

// Every response has ResponseMetadata and Result, but no interface says so.
func read(name string, status int, response any) outcome {
	fields := reflect.ValueOf(response).Elem()
	about := fields.FieldByName("ResponseMetadata").Interface().(base.ResponseMetadata)
	if about.Error != nil {
		return outcome{Case: name, Error: told(about, status, fmt.Sprintf("%T", about.Error))}
	}
	return outcome{Case: name, RequestID: about.RequestId, Metadata: &about, Result: fields.FieldByName("Result").Interface()}
}

// Of an answer with another status the SDK makes an error whose text ends in the body.
func refused(name string, status int, err error) outcome {
	var body struct{ ResponseMetadata base.ResponseMetadata }
	text := err.Error()
	if _, after, found := strings.Cut(text, " body "); found {
		if json.Unmarshal([]byte(after), &body) == nil && body.ResponseMetadata.Error != nil {
			return outcome{Case: name, Error: told(body.ResponseMetadata, status, fmt.Sprintf("%T", err))}
		}
	}
	return outcome{Case: name, Exception: fmt.Sprintf("%T: %v", err, err)}
}

func told(about base.ResponseMetadata, status int, kind string) *failure {
	return &failure{
		Type: kind, Status: status, Code: about.Error.Code, CodeN: about.Error.CodeN, Message: about.Error.Message,
		RequestID: about.RequestId,
	}
}

type sender func(*sms.SMS, json.RawMessage) (any, int, error)

// Fills the SDK's own request type from the case's arguments and sends it by the SDK's own method.
func by[Request, Response any](send func(*sms.SMS, *Request) (*Response, int, error)) sender {
	return func(client *sms.SMS, arguments json.RawMessage) (any, int, error) {
		request := new(Request)
		if err := json.Unmarshal(arguments, request); err != nil {
			return nil, 0, err
		}
		return send(client, request)
	}
}

var operations = map[string]sender{
	"ApplySignatureIdent":      by((*sms.SMS).ApplySignatureIdent),
	"GetSignatureIdentList":    by((*sms.SMS).GetSignatureIdentList),
	"UpdateSignatureIdent":     by((*sms.SMS).UpdateSignatureIdent),
	"BatchBindSignatureIdent":  by((*sms.SMS).BatchBindSignatureIdent),
	"ApplySmsSignature":        by((*sms.SMS).ApplySmsSignature),
	"ApplySmsSignatureV2":      by((*sms.SMS).ApplySmsSignatureV2),
	"GetSignatureAndOrderList": by((*sms.SMS).GetSignatureAndOrderList),
	"DeleteSignature":          by((*sms.SMS).DeleteSignature),
	"GetSubAccountList":        by((*sms.SMS).GetSubAccountList),
}
