// Drives JD Cloud's Go SDK: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"github.com/jdcloud-api/jdcloud-sdk-go/core"
	"github.com/jdcloud-api/jdcloud-sdk-go/services/cloudauth/apis"
	"github.com/jdcloud-api/jdcloud-sdk-go/services/cloudauth/client"
)

type drivenCase struct {
	Case          string          `json:"case"`
	Endpoint      string          `json:"endpoint"`
	Scheme        string          `json:"scheme"`
	AccessKey     string          `json:"access_key"`
	SecretKey     string          `json:"secret_key"`
	SecurityToken *string         `json:"security_token"`
	Operation     string          `json:"operation"`
	Arguments     json.RawMessage `json:"arguments"`
}

type failure struct {
	Type      string `json:"type"`
	Code      int    `json:"code"`
	Status    string `json:"status"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

type outcome struct {
	Case      string   `json:"case"`
	RequestID string   `json:"request_id,omitempty"`
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
	if err := json.Unmarshal(line, &c); err != nil {
		return outcome{Exception: err.Error()}
	}
	send, known := operations[c.Operation]
	if !known {
		return outcome{Case: c.Case, Exception: "no such operation in this SDK: " + c.Operation}
	}
	response, err := send(connect(c), c)
	if err != nil {
		return outcome{Case: c.Case, Exception: fmt.Sprintf("%T: %v", err, err)}
	}
	return read(c.Case, response)
}

func connect(c drivenCase) *client.CloudauthClient {
	config := core.NewConfig()
	config.SetEndpoint(c.Endpoint)
	config.SetScheme(c.Scheme)
	cloudauth := client.NewCloudauthClient(core.NewCredentials(c.AccessKey, c.SecretKey))
	cloudauth.SetConfig(config)
	cloudauth.DisableLogger()
	return cloudauth
}

// Every generated response has RequestID, Error and Result, but no interface says so.
func read(name string, response any) outcome {
	fields := reflect.ValueOf(response).Elem()
	id := fields.FieldByName("RequestID").String()
	refused := fields.FieldByName("Error").Interface().(core.ErrorResponse)
	if refused.Code != 0 {
		return outcome{Case: name, Error: &failure{
			Type: fmt.Sprintf("%T", refused), Code: refused.Code, Status: refused.Status, Message: refused.Message, RequestID: id,
		}}
	}
	return outcome{Case: name, RequestID: id, Result: fields.FieldByName("Result").Interface()}
}

type sender func(*client.CloudauthClient, drivenCase) (any, error)

type headed[Request any] interface {
	*Request
	AddHeader(key, value string)
}

// Fills the SDK's own request type from the case's arguments and sends it by the SDK's own method.
func by[Request, Response any, Pointer headed[Request]](
	empty func() *Request,
	send func(*client.CloudauthClient, *Request) (*Response, error),
) sender {
	return func(cloudauth *client.CloudauthClient, c drivenCase) (any, error) {
		request := empty()
		if err := json.Unmarshal(c.Arguments, request); err != nil {
			return nil, err
		}
		if c.SecurityToken != nil {
			Pointer(request).AddHeader("x-jdcloud-security-token", *c.SecurityToken)
		}
		return send(cloudauth, request)
	}
}

var operations = map[string]sender{
	"personalAuth":            by(apis.NewPersonalAuthRequestWithoutParam, (*client.CloudauthClient).PersonalAuth),
	"personalMobile":          by(apis.NewPersonalMobileRequestWithoutParam, (*client.CloudauthClient).PersonalMobile),
	"personalBankcard3Detail": by(apis.NewPersonalBankcard3DetailRequestWithoutParam, (*client.CloudauthClient).PersonalBankcard3Detail),
	"personalBankcard4Detail": by(apis.NewPersonalBankcard4DetailRequestWithoutParam, (*client.CloudauthClient).PersonalBankcard4Detail),
	"checkCompanyInfo":        by(apis.NewCheckCompanyInfoRequestWithoutParam, (*client.CloudauthClient).CheckCompanyInfo),
	"checkCompanyInfo3":       by(apis.NewCheckCompanyInfo3RequestWithoutParam, (*client.CloudauthClient).CheckCompanyInfo3),
	"checkLegalPerson":        by(apis.NewCheckLegalPersonRequestWithoutParam, (*client.CloudauthClient).CheckLegalPerson),
	"checkLegalPersonDetail":  by(apis.NewCheckLegalPersonDetailRequestWithoutParam, (*client.CloudauthClient).CheckLegalPersonDetail),
	"describeApplyStatus":     by(apis.NewDescribeApplyStatusRequestWithoutParam, (*client.CloudauthClient).DescribeApplyStatus),
	"queryCityList":           by(apis.NewQueryCityListRequestWithoutParam, (*client.CloudauthClient).QueryCityList),
}
