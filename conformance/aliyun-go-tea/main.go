// Drives Alibaba Cloud's Go SDK of the current generation: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

type drivenCase struct {
	Case          string         `json:"case"`
	Endpoint      string         `json:"endpoint"`
	Scheme        string         `json:"scheme"`
	AccessKey     string         `json:"access_key"`
	SecretKey     string         `json:"secret_key"`
	SecurityToken string         `json:"security_token"`
	Operation     string         `json:"operation"`
	Method        string         `json:"method"`
	Placement     string         `json:"placement"`
	Signature     string         `json:"signature"`
	Arguments     map[string]any `json:"arguments"`
}

type failure struct {
	Type      string `json:"type"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Status    int    `json:"status"`
	RequestID string `json:"request_id"`
}

type outcome struct {
	Case      string   `json:"case"`
	Result    any      `json:"result,omitempty"`
	Error     *failure `json:"error,omitempty"`
	Exception string   `json:"exception,omitempty"`
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
	decoder := json.NewDecoder(strings.NewReader(string(line)))
	decoder.UseNumber()
	if err := decoder.Decode(&c); err != nil {
		return outcome{Exception: err.Error()}
	}
	result, err := call(c)
	var refused *tea.SDKError
	if errors.As(err, &refused) {
		return outcome{Case: c.Case, Error: read(refused)}
	}
	if err != nil {
		return outcome{Case: c.Case, Exception: fmt.Sprintf("%T: %v", err, err)}
	}
	return outcome{Case: c.Case, Result: result["body"]}
}

func call(c drivenCase) (map[string]any, error) {
	config := &utils.Config{}
	config.SetAccessKeyId(c.AccessKey).SetAccessKeySecret(c.SecretKey).SetEndpoint(c.Endpoint).SetProtocol(c.Scheme)
	if c.SecurityToken != "" {
		config.SetSecurityToken(c.SecurityToken)
	}
	if c.Signature == "RPC" {
		config.SetSignatureAlgorithm("v2")
	}
	client, err := openapi.NewClient(config)
	if err != nil {
		return nil, err
	}
	version, action, _ := strings.Cut(c.Operation, "/")
	method := c.Method
	if method == "" {
		method = "POST"
	}
	params := &utils.Params{}
	params.SetAction(action).SetVersion(version).SetProtocol("HTTPS").SetPathname("/").SetMethod(method)
	params.SetAuthType("AK").SetStyle("RPC").SetReqBodyType("formData").SetBodyType("json")
	request := &utils.OpenApiRequest{}
	switch c.Placement {
	case "json":
		params.SetReqBodyType("json")
		request.SetBody(c.Arguments)
	case "body":
		request.SetBody(c.Arguments)
	default:
		request.SetQuery(utils.Query(c.Arguments))
	}
	return client.CallApi(params, request, &dara.RuntimeOptions{})
}

// The code and the message are the error's own; the request id is in the text of its data.
func read(refused *tea.SDKError) *failure {
	var data struct {
		RequestID string `json:"RequestId"`
	}
	_ = json.Unmarshal([]byte(tea.StringValue(refused.Data)), &data)
	return &failure{
		Type: fmt.Sprintf("%T", refused), Code: tea.StringValue(refused.Code), Message: tea.StringValue(refused.Message),
		Status: tea.IntValue(refused.StatusCode), RequestID: data.RequestID,
	}
}
