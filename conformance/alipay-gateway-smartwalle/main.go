// Drives github.com/smartwalle/alipay: one case a line in, one outcome a line out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/smartwalle/alipay/v3"
)

type drivenCase struct {
	Case            string         `json:"case"`
	Endpoint        string         `json:"endpoint"`
	Scheme          string         `json:"scheme"`
	Mode            string         `json:"mode"`
	Operation       string         `json:"operation"`
	Arguments       map[string]any `json:"arguments"`
	AppID           string         `json:"app_id"`
	PrivateKey      string         `json:"app_private_key_pkcs1"`
	AlipayPublicKey string         `json:"alipay_public_key"`
	AESKey          string         `json:"aes_key"`
	AppCert         string         `json:"app_cert"`
	AlipayCert      string         `json:"alipay_cert"`
	RootCert        string         `json:"root_cert"`
	AppAuthToken    string         `json:"app_auth_token"`
	Page            *page          `json:"page"`
}

// An address that a person's browser opens.
type page struct {
	ReturnURL string `json:"return_url"`
}

// What a user of the SDK declares for the answers that are asked for here.
type result struct {
	alipay.Error
	BizNo          string `json:"biz_no,omitempty"`
	Passed         string `json:"passed,omitempty"`
	FailedReason   string `json:"failed_reason,omitempty"`
	IdentityResult string `json:"identity_result,omitempty"`
	TokenStatus    string `json:"token_status,omitempty"`
	UserID         string `json:"user_id,omitempty"`
	AlipayUserID   string `json:"alipay_user_id,omitempty"`
	MayGoOn        *bool  `json:"pre_check_success,omitempty"`
	Reason         string `json:"reason,omitempty"`
	AgreementID    string `json:"credit_agreement_id,omitempty"`
	AgreementNo    string `json:"out_agreement_no,omitempty"`
	Address        string `json:"address,omitempty"`
	Agreement      string `json:"agreement_status,omitempty"`
}

type failure struct {
	Type string `json:"type"`
	*alipay.Error
}

type outcome struct {
	Case      string   `json:"case"`
	Result    *result  `json:"result,omitempty"`
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
	var refused *alipay.Error
	switch {
	case errors.As(err, &refused):
		return outcome{Case: driven.Case, Error: &failure{Type: fmt.Sprintf("%T", refused), Error: refused}}
	case err != nil:
		return outcome{Case: driven.Case, Exception: err.Error()}
	}
	return outcome{Case: driven.Case, Result: answered}
}

func ask(driven drivenCase) (*result, error) {
	client, err := dial(driven)
	if err != nil {
		return nil, err
	}
	payload := alipay.NewPayload(driven.Operation)
	for name, value := range driven.Arguments {
		payload.AddBizField(name, value)
	}
	payload.AddParam("app_auth_token", driven.AppAuthToken)
	answered := new(result)
	if driven.Page != nil {
		address, err := client.BuildURL(payload.AddParam("return_url", driven.Page.ReturnURL))
		if err == nil {
			answered.Address = address.String()
		}
		return answered, err
	}
	return answered, client.Request(context.Background(), payload, answered)
}

func dial(driven drivenCase) (*alipay.Client, error) {
	gateway := alipay.WithSandboxGateway(fmt.Sprintf("%s://%s/gateway.do", driven.Scheme, driven.Endpoint))
	client, err := alipay.New(driven.AppID, driven.PrivateKey, false, gateway)
	if err != nil {
		return nil, err
	}
	if driven.Mode == "aes" {
		if err := client.SetEncryptKey(driven.AESKey); err != nil {
			return nil, err
		}
	}
	if driven.Mode != "certificate" {
		return client, client.LoadAliPayPublicKey(driven.AlipayPublicKey)
	}
	return client, errors.Join(
		client.LoadAppCertPublicKeyFromFile(driven.AppCert),
		client.LoadAlipayCertPublicKeyFromFile(driven.AlipayCert),
		client.LoadAliPayRootCertFromFile(driven.RootCert),
	)
}
