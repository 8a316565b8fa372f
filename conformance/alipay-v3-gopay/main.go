// Drives github.com/go-pay/gopay at v3: one case a line in, one outcome a line out.
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
	"github.com/go-pay/gopay/alipay/v3"
)

type drivenCase struct {
	Case         string        `json:"case"`
	Endpoint     string        `json:"endpoint"`
	Scheme       string        `json:"scheme"`
	Mode         string        `json:"mode"`
	Operation    string        `json:"operation"`
	Arguments    gopay.BodyMap `json:"arguments"`
	AppID        string        `json:"app_id"`
	PrivateKey   string        `json:"app_private_key_pkcs1"`
	AppCert      string        `json:"app_cert"`
	AlipayCert   string        `json:"alipay_cert"`
	RootCert     string        `json:"root_cert"`
	AppAuthToken string        `json:"app_auth_token"`
}

type failure struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	*alipay.ErrResponse
}

type outcome struct {
	Case      string            `json:"case"`
	Result    map[string]string `json:"result,omitempty"`
	Error     *failure          `json:"error,omitempty"`
	Exception string            `json:"exception,omitempty"`
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
	told := outcome{Case: driven.Case}
	if err := ask(driven, &told); err != nil {
		return outcome{Case: driven.Case, Exception: err.Error()}
	}
	return told
}

// The SDK has no method of its own for this family. Its general one decodes whatever came, errors too, and verifies nothing.
func ask(driven drivenCase, told *outcome) error {
	client, err := dial(driven)
	if err != nil {
		return err
	}
	method, path, _ := strings.Cut(driven.Operation, " ")
	var answered json.RawMessage
	response, err := client.DoAliPayAPISelfV3(context.Background(), method, path, driven.Arguments, &answered)
	if err != nil {
		return err
	}
	if response.StatusCode == http.StatusOK {
		return json.Unmarshal(answered, &told.Result)
	}
	refused := new(alipay.ErrResponse)
	told.Error = &failure{Type: fmt.Sprintf("%T", refused), Status: response.StatusCode, ErrResponse: refused}
	return json.Unmarshal(answered, refused)
}

func dial(driven drivenCase) (*alipay.ClientV3, error) {
	client, err := alipay.NewClientV3(driven.AppID, driven.PrivateKey, true)
	if err != nil {
		return nil, err
	}
	client.SetProxyHost(fmt.Sprintf("%s://%s", driven.Scheme, driven.Endpoint))
	client.SetAppAuthToken(driven.AppAuthToken)
	if driven.Mode != "certificate" {
		return client, nil
	}
	var files [3][]byte
	for at, path := range []string{driven.AppCert, driven.RootCert, driven.AlipayCert} {
		if files[at], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return client, client.SetCert(files[0], files[1], files[2])
}
