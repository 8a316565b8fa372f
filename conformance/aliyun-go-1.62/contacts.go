package main

import (
	"maps"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/domain"
)

// The operations of 2016-05-11, for which this version of the SDK has classes. The rest of the driver is aliyun-go's.
func init() {
	maps.Copy(operations, map[string]sender{
		"2016-05-11/DeleteContactTemplate":         by(domain.CreateDeleteContactTemplateRequest, (*domain.Client).DeleteContactTemplate),
		"2016-05-11/QueryContactTemplate":          by(domain.CreateQueryContactTemplateRequest, (*domain.Client).QueryContactTemplate),
		"2016-05-11/QueryFailReasonList":           by(domain.CreateQueryFailReasonListRequest, (*domain.Client).QueryFailReasonList),
		"2016-05-11/SaveContactTemplate":           by(domain.CreateSaveContactTemplateRequest, (*domain.Client).SaveContactTemplate),
		"2016-05-11/SaveContactTemplateCredential": by(domain.CreateSaveContactTemplateCredentialRequest, (*domain.Client).SaveContactTemplateCredential),
	})
}
