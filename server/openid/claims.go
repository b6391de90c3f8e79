package openid

import (
	"cmp"
	"encoding/json"
	"strings"

	"ensemble/consultation/people"
)

// said is what a provider says of a person. Source: OpenID Connect Core 1.0 §5.1; usual_name is ProConnect's.
type said struct {
	Issuer            string   `json:"iss"`
	Audience          audience `json:"aud"`
	Name              string   `json:"name"`
	GivenName         string   `json:"given_name"`
	FamilyName        string   `json:"family_name"`
	UsualName         string   `json:"usual_name"`
	Nickname          string   `json:"nickname"`
	PreferredUsername string   `json:"preferred_username"`
	Locale            string   `json:"locale"`
	Email             string   `json:"email"`
	EmailVerified     truth    `json:"email_verified"`
}

// and returns what s and more say together; where both say something, more counts. An e-mail address goes with what was
// said of it.
func (s said) and(more said) said {
	both := said{
		Name:              cmp.Or(more.Name, s.Name),
		GivenName:         cmp.Or(more.GivenName, s.GivenName),
		FamilyName:        cmp.Or(more.FamilyName, s.FamilyName),
		UsualName:         cmp.Or(more.UsualName, s.UsualName),
		Nickname:          cmp.Or(more.Nickname, s.Nickname),
		PreferredUsername: cmp.Or(more.PreferredUsername, s.PreferredUsername),
		Locale:            cmp.Or(more.Locale, s.Locale),
		Email:             s.Email,
		EmailVerified:     s.EmailVerified,
	}
	if more.Email != "" {
		both.Email, both.EmailVerified = more.Email, more.EmailVerified
	}
	return both
}

func (s said) claims(issuer, subject string) people.Claims {
	name := cmp.Or(s.Name, strings.TrimSpace(s.GivenName+" "+cmp.Or(s.UsualName, s.FamilyName)))
	return people.Claims{
		Issuer: issuer, Subject: subject, Email: s.Email, EmailVerified: bool(s.EmailVerified), Name: name,
		Nickname: cmp.Or(s.Nickname, s.PreferredUsername), Language: s.Locale,
	}
}

// truth is a boolean, or its name as a string, which some providers send. Whatever else is sent is not true.
type truth bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true" || string(b) == `"true"`
	return nil
}

// audience is one name or a list of them.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}
