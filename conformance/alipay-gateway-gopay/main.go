// Drives github.com/go-pay/gopay at the gateway: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/go-pay/gopay"
	"github.com/go-pay/gopay/alipay"
	"github.com/go-pay/gopay/pkg/xhttp"
)

type drivenCase struct {
	Case            string        `json:"case"`
	Endpoint        string        `json:"endpoint"`
	Scheme          string        `json:"scheme"`
	Mode            string        `json:"mode"`
	Operation       string        `json:"operation"`
	Arguments       gopay.BodyMap `json:"arguments"`
	AppID           string        `json:"app_id"`
	PrivateKey      string        `json:"app_private_key_pkcs1"`
	AlipayPublicKey string        `json:"alipay_public_key"`
	AppCert         string        `json:"app_cert"`
	AlipayCert      string        `json:"alipay_cert"`
	RootCert        string        `json:"root_cert"`
	AppAuthToken    string        `json:"app_auth_token"`
	Page            *page         `json:"page"`
}

// An address that a person's browser opens.
type page struct {
	ReturnURL string `json:"return_url"`
}

type failure struct {
	Type string `json:"type"`
	*alipay.BizErr
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
	var driven drivenCase
	if err := json.Unmarshal(line, &driven); err != nil {
		return outcome{Exception: err.Error()}
	}
	answered, err := ask(driven)
	if refused, is := alipay.IsBizError(err); is {
		return outcome{Case: driven.Case, Error: &failure{Type: fmt.Sprintf("%T", refused), BizErr: refused}}
	}
	if err != nil {
		return outcome{Case: driven.Case, Exception: err.Error()}
	}
	return outcome{Case: driven.Case, Result: answered}
}

func ask(driven drivenCase) (any, error) {
	client, err := dial(driven)
	if err != nil {
		return nil, err
	}
	if driven.Page != nil {
		body := gopay.BodyMap{"biz_content": driven.Arguments, "return_url": driven.Page.ReturnURL}
		signed, err := client.RequestParam(body, driven.Operation)
		address := fmt.Sprintf("%s://%s/gateway.do?%s", driven.Scheme, driven.Endpoint, signed)
		return map[string]string{"address": address}, err
	}
	if driven.Operation == "zhima.customer.jobworth.authentication.query" {
		return jobworth(client, driven)
	}
	// The SDK has no method of its own for this operation, and its general one verifies nothing.
	var answered map[string]json.RawMessage
	body := gopay.BodyMap{"biz_content": driven.Arguments}
	if err := client.PostAliPayAPISelfV2(context.Background(), body, driven.Operation, &answered); err != nil {
		return nil, err
	}
	return answered[strings.ReplaceAll(driven.Operation, ".", "_")+"_response"], nil
}

// The SDK verifies by itself in certificate mode; in key mode its users call the function that it has for this.
func jobworth(client *alipay.Client, driven drivenCase) (any, error) {
	answered, err := client.ZhimaCustomerJobworthAuthQuery(context.Background(), driven.Arguments)
	if err != nil {
		return nil, err
	}
	if driven.Mode != "certificate" {
		if _, err := alipay.VerifySyncSign(driven.AlipayPublicKey, answered.SignData, answered.Sign); err != nil {
			return nil, err
		}
	}
	return answered.Response, nil
}

func dial(driven drivenCase) (*alipay.Client, error) {
	client, err := alipay.NewClient(driven.AppID, driven.PrivateKey, true)
	if err != nil {
		return nil, err
	}
	client.AppAuthToken = driven.AppAuthToken
	if driven.Mode == "sha1" {
		client.SignType = alipay.RSA
	}
	client.SetHttpClient(xhttp.NewClient().SetTransport(elsewhere{driven.Scheme, driven.Endpoint}))
	if driven.Mode != "certificate" {
		return client, nil
	}
	certificate, err := os.ReadFile(driven.AlipayCert)
	if err != nil {
		return nil, err
	}
	client.AutoVerifySign(certificate)
	return client, client.SetCertSnByPath(driven.AppCert, driven.RootCert, driven.AlipayCert)
}

// The SDK has the vendor's address built in. What it lets its users choose is how a request travels.
type elsewhere struct{ scheme, endpoint string }

func (to elsewhere) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := request.Clone(request.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = to.scheme, to.endpoint, to.endpoint
	return http.DefaultTransport.RoundTrip(sent)
}
