package providers

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// oneOf is the zoo of one kind, its settings changed.
func oneOf(t *testing.T, kind string, change func(*zooRow, *Config)) *zoo {
	t.Helper()
	throughInstall(t)
	for _, row := range zooRows() {
		if row.kind != kind {
			continue
		}
		before := row.config
		row.replies = maps.Clone(row.replies)
		row.config = func(c *Config) {
			if before != nil {
				before(c)
			}
			if change != nil {
				change(&row, c)
			}
		}
		if change != nil {
			change(&row, &Config{Extra: map[string]string{}})
		}
		return newZoo(t, row)
	}
	t.Fatalf("there is no row %s", kind)
	return nil
}

const (
	homeTenant  = "11111111-2222-3333-4444-555555555555"
	otherTenant = "99999999-2222-3333-4444-555555555555"
)

// The issuer of a Microsoft token is that of its own tenant, and the tenant one
// that may sign in.
func TestO10_MicrosoftTenants(t *testing.T) {
	for _, tt := range []struct {
		tenant, tid, iss string
		want             event.Reason
		check            string
	}{
		{"common", homeTenant, homeTenant, 0, ""}, {"common", consumersTenant, consumersTenant, 0, ""},
		{"organizations", homeTenant, homeTenant, 0, ""}, {"organizations", consumersTenant, consumersTenant, event.ReasonTenantNotAllowed, ""},
		{"consumers", consumersTenant, consumersTenant, 0, ""}, {"consumers", homeTenant, homeTenant, event.ReasonTenantNotAllowed, ""},
		{homeTenant, homeTenant, homeTenant, 0, ""}, {homeTenant, otherTenant, otherTenant, event.ReasonTenantNotAllowed, ""},
		{"common", homeTenant, otherTenant, event.ReasonIDTokenInvalid, "iss"},
		{homeTenant, homeTenant, otherTenant, event.ReasonIDTokenInvalid, "iss"},
		{"common", "", homeTenant, event.ReasonTenantNotAllowed, ""}, {"common", "{tenantid}", "{tenantid}", event.ReasonTenantNotAllowed, ""},
		{"common", "common", "common", event.ReasonTenantNotAllowed, ""},
	} {
		z := oneOf(t, "microsoft", func(row *zooRow, c *Config) {
			c.Extra = map[string]string{"tenant": tt.tenant}
			for key, reply := range row.replies {
				row.replies[strings.Replace(key, "/common/", "/"+tt.tenant+"/", 1)] = reply
			}
		})
		z.row.issuer = "https://login.microsoftonline.com/" + tt.iss + "/v2.0"
		z.mutate["claims"] = func(text string) string { return setMember(text, "tid", `"`+tt.tid+`"`) }
		got, _, err := z.run(z.p, "7101")
		if tt.want != 0 {
			wantFailure(t, err, tt.want, tt.check)
			continue
		}
		if err != nil || got.Namespace != z.row.issuer {
			t.Errorf("tenant %s, tid %s: namespace %q, %v", tt.tenant, tt.tid, got.Namespace, err)
		}
	}
}

func TestO14_MicrosoftAddresses(t *testing.T) {
	for _, tt := range []struct {
		tenant, trust, more string
		want                accounts.EmailState
	}{
		{"common", "", ``, accounts.EmailUnverified}, {"common", "", `,"email_verified":true`, accounts.EmailUnverified},
		{"common", "verified", ``, accounts.EmailUnverified},
		{"common", "", `,"xms_edov":true`, accounts.EmailVerified}, {"common", "", `,"xms_edov":1`, accounts.EmailUnverified},
		{"common", "", `,"verified_primary_email":["ADA7101@outlook.com"]`, accounts.EmailVerified},
		{"common", "", `,"verified_primary_email":["other@outlook.com"]`, accounts.EmailUnverified},
		{"common", "", `,"verified_primary_email":"ada7101@outlook.com"`, accounts.EmailUnverified},
		{"common", "never", `,"xms_edov":true`, accounts.EmailUnverified},
		{consumersTenant, "", ``, accounts.EmailUnverified}, {consumersTenant, "verified", ``, accounts.EmailVerified},
	} {
		z := oneOf(t, "microsoft", func(row *zooRow, c *Config) {
			c.Extra, c.EmailTrust = map[string]string{"tenant": tt.tenant}, tt.trust
			for key, reply := range row.replies {
				row.replies[strings.Replace(key, "/common/", "/"+tt.tenant+"/", 1)] = reply
			}
		})
		z.mutate["claims"] = func(text string) string { return strings.TrimSuffix(text, "}") + tt.more + "}" }
		got, _, err := z.run(z.p, "7101")
		if err != nil || got.EmailState != tt.want {
			t.Errorf("%s %q %s: %v, %v, want %v", tt.tenant, tt.trust, tt.more, got.EmailState, err, tt.want)
		}
	}
}

// Each attempt mints its own client secret, which is what Apple wants.
func TestAppleMintsItsSecret(t *testing.T) {
	z := oneOf(t, "apple", nil)
	seen := map[string]bool{}
	for range 2 {
		if _, _, err := z.run(z.p, "7101"); err != nil {
			t.Fatal(err)
		}
	}
	_, _, traded := z.seen()
	for _, form := range traded {
		parts := strings.Split(form.Get("client_secret"), ".")
		if len(parts) != 3 || seen[parts[2]] || form.Get("client_id") != "client" {
			t.Fatalf("secret %q", form.Get("client_secret"))
		}
		seen[parts[2]] = true
		var head, set map[string]any
		for i, into := range []*map[string]any{&head, &set} {
			raw, _ := base64.RawURLEncoding.DecodeString(parts[i])
			json.Unmarshal(raw, into)
		}
		life, _ := set["exp"].(float64)
		born, _ := set["iat"].(float64)
		if head["alg"] != "ES256" || head["kid"] != "KEY1234567" || set["iss"] != "TEAM123456" || set["sub"] != "client" ||
			set["aud"] != "https://appleid.apple.com" || life-born != appleSecretLife.Seconds() {
			t.Errorf("secret %v %v", head, set)
		}
	}
	if k, _ := KindByID("apple"); !k.FormPost {
		t.Error("Apple answers with a POST")
	}
	_, problems := NewSet([]Config{{ID: "apple", ClientID: "c", Extra: map[string]string{"team_id": "T", "key_id": "K", "private_key": canary}}}, Options{})
	if len(problems) != 1 || problems[0].Field != "private_key" || strings.Contains(problems[0].Error(), canary) {
		t.Errorf("a broken key: %v", problems)
	}
}

func TestAppleNames(t *testing.T) {
	for field, want := range map[string]string{
		`{"name":{"firstName":"Ada","lastName":"L"}}`: "Ada L", `{"name":{"firstName":"Ada"}}`: "Ada", ``: "", `{}`: "", `[]`: "", `{"name":7}`: "",
		`{"name":{"firstName":"` + strings.Repeat("x", 5000) + `"}}`: "",
	} {
		if got := appleName(field); got != want {
			t.Errorf("appleName(%.30q) = %q, want %q", field, got, want)
		}
	}
}

// Several audiences are accepted only where the settings name them, and only
// for a token that was issued to this client.
func TestO10_Audiences(t *testing.T) {
	for _, tt := range []struct {
		aud, azp string
		want     string
	}{
		{`"client"`, "", ""}, {`["client"]`, "", ""}, {`["client","project"]`, "client", ""}, {`["project","client"]`, "client", ""},
		{`["client","project"]`, "", "azp"}, {`["client","project"]`, "project", "azp"}, {`["client","evil"]`, "client", "aud"},
		{`["project"]`, "client", "aud"}, {`"project"`, "client", "aud"}, {`[]`, "client", "aud"}, {`["client",7]`, "client", "aud"}, {`[""]`, "", "aud"},
	} {
		z := oneOf(t, "zitadel", func(_ *zooRow, c *Config) { c.Audiences = []string{"project"} })
		z.mutate["claims"] = func(text string) string {
			v, _ := parse(text)
			v.(map[string]any)["aud"] = json.RawMessage(tt.aud)
			if tt.azp != "" {
				v.(map[string]any)["azp"] = tt.azp
			}
			out, _ := json.Marshal(v)
			return string(out)
		}
		_, _, err := z.run(z.p, "7101")
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s %s: %v", tt.aud, tt.azp, err)
			}
			continue
		}
		wantFailure(t, err, event.ReasonIDTokenInvalid, tt.want)
	}
}

// LinkedIn leaves the nonce out; a wrong one is still wrong.
func TestO08_NonceOfLinkedIn(t *testing.T) {
	z := oneOf(t, "linkedin", nil)
	z.mutate["claims"] = func(text string) string { return strings.TrimSuffix(text, "}") + `,"nonce":"another"}` }
	_, _, err := z.run(z.p, "7101")
	wantFailure(t, err, event.ReasonNonceMismatch, "")
}

// Discovery may name only the hosts that the kind lists.
func TestO15_HostsOfAKind(t *testing.T) {
	for kind, host := range map[string]string{
		"linkedin": "api.linkedin.com.evil.test", "cognito": "evilamazoncognito.com", "slack": "api.slack.com",
	} {
		z := oneOf(t, kind, nil)
		for key, reply := range z.row.replies {
			if strings.Contains(key, ".well-known") {
				z.answer[key] = text(200, strings.Replace(reply, `"userinfo_endpoint":"https://`, `"userinfo_endpoint":"https://`+host+`/`, 1))
			}
		}
		_, _, err := z.run(z.p, "7101")
		wantFailure(t, err, event.ReasonProviderMisconfigured, "")
	}
}

// A code that could end the JSON text that goth writes by hand is refused.
func TestLarkCodes(t *testing.T) {
	for code, want := range map[string]bool{"abc-123_~.": true, `a","x":"b`: false, `a\`: false, "a b": false, "é": false, "": false} {
		if _, err := larkCode(nil, url.Values{"code": {code}}); (err == nil) != want {
			t.Errorf("code %q: %v", code, err)
		}
	}
}
