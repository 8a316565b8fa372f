// Drives Alibaba Cloud's Go SDK of the first generation: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/domain"
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
	Format        string         `json:"format"`
	Placement     string         `json:"placement"`
	Retries       bool           `json:"retries"`
	Arguments     map[string]any `json:"arguments"`
}

type failure struct {
	Type      string `json:"type"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Status    int    `json:"status"`
	RequestID string `json:"request_id"`
	Recommend string `json:"recommend"`
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
	client, err := connect(c)
	if err != nil {
		return outcome{Case: c.Case, Exception: err.Error()}
	}
	send, typed := operations[c.Operation]
	if !typed || c.Placement != "" {
		send = common
	}
	result, err := send(client, c)
	var refused *sdkerrors.ServerError
	if errors.As(err, &refused) {
		return outcome{Case: c.Case, Error: &failure{
			Type: fmt.Sprintf("%T", refused), Code: refused.ErrorCode(), Message: refused.Message(), Status: refused.HttpStatus(),
			RequestID: refused.RequestId(), Recommend: refused.Recommend(),
		}}
	}
	if err != nil {
		return outcome{Case: c.Case, Exception: fmt.Sprintf("%T: %v", err, err)}
	}
	return outcome{Case: c.Case, Result: result}
}

func connect(c drivenCase) (*domain.Client, error) {
	var credential auth.Credential = credentials.NewAccessKeyCredential(c.AccessKey, c.SecretKey)
	if c.SecurityToken != "" {
		credential = credentials.NewStsTokenCredential(c.AccessKey, c.SecretKey, c.SecurityToken)
	}
	config := sdk.NewConfig().WithScheme(strings.ToUpper(c.Scheme)).WithAutoRetry(c.Retries)
	return domain.NewClientWithOptions("cn-hangzhou", config, credential)
}

type sender func(*domain.Client, drivenCase) (any, error)

// Fills the SDK's own request type from the case's arguments and sends it by the SDK's own method.
func by[Request, Response any](
	create func() *Request,
	send func(*domain.Client, *Request) (*Response, error),
) sender {
	return func(client *domain.Client, c drivenCase) (any, error) {
		request := create()
		fields := reflect.ValueOf(request).Elem()
		for name, value := range c.Arguments {
			fields.FieldByName(name).SetString(fmt.Sprint(value))
		}
		fields.FieldByName("Domain").SetString(c.Endpoint)
		if c.Format != "" {
			fields.FieldByName("AcceptFormat").SetString(c.Format)
		}
		return send(client, request)
	}
}

// What has no class in this SDK goes through its general request, whose answer is text.
func common(client *domain.Client, c drivenCase) (any, error) {
	version, action, _ := strings.Cut(c.Operation, "/")
	request := requests.NewCommonRequest()
	request.Product, request.Version, request.ApiName = "Domain", version, action
	request.Domain, request.Method = c.Endpoint, requests.POST
	if c.Method != "" {
		request.Method = c.Method
	}
	if c.Format != "" {
		request.AcceptFormat = c.Format
	}
	for name, value := range c.Arguments {
		if c.Placement == "body" {
			request.FormParams[name] = fmt.Sprint(value)
		} else {
			request.QueryParams[name] = fmt.Sprint(value)
		}
	}
	response, err := client.ProcessCommonRequest(request)
	if err != nil {
		return nil, err
	}
	if c.Format == "XML" {
		return map[string]string{"xml": response.GetHttpContentString()}, nil
	}
	var result any
	err = json.Unmarshal(response.GetHttpContentBytes(), &result)
	return result, err
}

var operations = map[string]sender{
	"2018-01-29/DeleteContactTemplates":                         by(domain.CreateDeleteContactTemplatesRequest, (*domain.Client).DeleteContactTemplates),
	"2018-01-29/DeleteRegistrantProfile":                        by(domain.CreateDeleteRegistrantProfileRequest, (*domain.Client).DeleteRegistrantProfile),
	"2018-01-29/QueryRegistrantProfileRealNameVerificationInfo": by(domain.CreateQueryRegistrantProfileRealNameVerificationInfoRequest, (*domain.Client).QueryRegistrantProfileRealNameVerificationInfo),
	"2018-01-29/QueryRegistrantProfiles":                        by(domain.CreateQueryRegistrantProfilesRequest, (*domain.Client).QueryRegistrantProfiles),
	"2018-01-29/RegistrantProfileRealNameVerification":          by(domain.CreateRegistrantProfileRealNameVerificationRequest, (*domain.Client).RegistrantProfileRealNameVerification),
	"2018-01-29/SaveRegistrantProfile":                          by(domain.CreateSaveRegistrantProfileRequest, (*domain.Client).SaveRegistrantProfile),
	"2018-01-29/SaveRegistrantProfileRealNameVerification":      by(domain.CreateSaveRegistrantProfileRealNameVerificationRequest, (*domain.Client).SaveRegistrantProfileRealNameVerification),
	"2018-01-29/SetDefaultRegistrantProfile":                    by(domain.CreateSetDefaultRegistrantProfileRequest, (*domain.Client).SetDefaultRegistrantProfile),
	"2018-01-29/VerifyContactField":                             by(domain.CreateVerifyContactFieldRequest, (*domain.Client).VerifyContactField),
	"2018-01-29/QueryFailReasonForRegistrantProfileRealNameVerification": by(
		domain.CreateQueryFailReasonForRegistrantProfileRealNameVerificationRequest,
		(*domain.Client).QueryFailReasonForRegistrantProfileRealNameVerification,
	),
}
