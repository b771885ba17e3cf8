package providers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatebook/handlers/accounts"
)

// TestTrustTable is the default of every kind: whether its word on an address
// counts, and under which key. A change here is a change of who can be linked
// to whom.
func TestTrustTable(t *testing.T) {
	counts := map[string]string{
		"oidc": "email_verified", "github": "verified", "google": "email_verified", "microsoft": "xms_edov", "apple": "email_verified",
		"gitlab-oidc": "email_verified", "bitbucket": "is_confirmed", "discord": "verified", "linkedin": "email_verified",
		"slack": "email_verified", "twitch": "email_verified", "keycloak": "email_verified", "authelia": "email_verified",
		"zitadel": "email_verified", "rauthy": "email_verified", "logto": "email_verified", "fusionauth": "email_verified",
		"auth0": "email_verified", "okta": "email_verified", "onelogin": "email_verified", "cognito": "email_verified", "kakao": "is_email_verified",
	}
	raisable := []string{ // a flag that the operator may decide to believe
		"forgejo", "salesforce", "authentik", "pocketid", "kanidm", "dex", "hydra", "casdoor",
		"yahoo", "dropbox", "digitalocean", "heroku", "cloudfoundry", "intercom", "patreon",
	}
	for _, k := range Kinds() {
		flag, trusted := counts[k.ID]
		if trusted != (k.EmailTrust == TrustVerified) || trusted && k.EmailFlag != flag {
			t.Errorf("%s: trust %q in %q", k.ID, k.EmailTrust, k.EmailFlag)
		}
		if !trusted && slices.Contains(raisable, k.ID) != (k.EmailFlag != "") {
			t.Errorf("%s: flag %q", k.ID, k.EmailFlag)
		}
		if k.TrustWhy() == "" || strings.Contains(k.TrustWhy(), "()") {
			t.Errorf("%s: why %q", k.ID, k.TrustWhy())
		}
	}
}

// flagged is where each flag stands in its kind's replies.
func flagged(row zooRow, k Kind) (reply, member string) {
	member = k.EmailFlag[strings.LastIndex(k.EmailFlag, ".")+1:]
	if strings.Contains(row.claims, `"`+member+`":`) {
		return "claims", member
	}
	for key, text := range row.replies {
		if strings.Contains(text, `"`+member+`":`) {
			return key, member
		}
	}
	return "", member
}

// Each flag counts only as JSON true or the text "true", at every kind that
// has one; raised by the operator, the same rule holds.
func TestO28_VerifiedMeansTrueAtEveryKind(t *testing.T) {
	throughInstall(t)
	cases := 0
	for _, row := range zooRows() {
		k, _ := KindByID(row.kind)
		if k.EmailFlag == "" || k.ID == "microsoft" {
			continue
		}
		configured := row.config
		row.config = func(c *Config) {
			if configured != nil {
				configured(c)
			}
			c.EmailTrust = string(TrustVerified)
		}
		z := newZoo(t, row)
		key, member := flagged(row, k)
		if key == "" {
			t.Errorf("%s: no reply holds %s", k.ID, k.EmailFlag)
			continue
		}
		for put, want := range map[string]bool{
			`true`: true, `"true"`: true, `false`: false, `"false"`: false, `"True"`: false, `1`: false, `"1"`: false,
			`null`: false, `[true]`: false, `{"v":true}`: false, `""`: false, `"yes"`: false,
		} {
			cases++
			z.mutate[key] = func(text string) string { return setMember(text, member, put) }
			got, _, err := z.run(z.p, "7101")
			z.typed(err)
			if want && err == nil && got.EmailState != accounts.EmailVerified || put == `true` && err != nil {
				t.Errorf("%s: %s=%s gave %v, %v", k.ID, member, put, got.EmailState, err)
			}
			if !want && got.EmailState == accounts.EmailVerified {
				t.Errorf("O28: %s: %s=%s counts as verified", k.ID, member, put)
			}
		}
	}
	t.Logf("%d cases", cases)
}

// setMember replaces every member of a name, wherever it stands.
func setMember(text, name, put string) string {
	v, _ := parse(text)
	for _, path := range leaves(v, nil) {
		if len(path) > 0 && path[len(path)-1] == name {
			v = with(v, path, json.RawMessage(put))
		}
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// An operator may lower every kind, and raise those that have a flag.
func TestTrustIsTheOperators(t *testing.T) {
	throughInstall(t)
	for _, row := range zooRows() {
		for _, trust := range []string{"", "never", "verified"} {
			k, _ := KindByID(row.kind)
			z := &zoo{t: t, row: row}
			c := Config{ID: "one", Kind: row.kind, ClientID: "client", ClientSecret: "s"}
			if z.row.config != nil {
				z.row.config(&c)
			}
			c.EmailTrust = trust
			set, problems := NewSet([]Config{c}, Options{URL: "https://gate.test"})
			if refused := trust == "verified" && k.EmailFlag == ""; refused != (len(problems) > 0) {
				t.Errorf("%s %q: problems %v", k.ID, trust, problems)
				continue
			} else if refused {
				continue
			}
			p, _ := set.Get("one")
			want := k.EmailTrust
			if trust != "" {
				want = EmailTrust(trust)
			}
			if p.EmailTrust() != want || p.TrustWhy() == "" || (want != k.EmailTrust) != strings.HasPrefix(p.TrustWhy(), "the settings say") {
				t.Errorf("%s %q: %v because %q", k.ID, trust, p.EmailTrust(), p.TrustWhy())
			}
		}
	}
}

// What packages make up never becomes part of a profile.
func TestO12_InventedTextIsBlank(t *testing.T) {
	throughInstall(t)
	for _, row := range zooRows() {
		if row.kind != "steam" && row.kind != "wechat" {
			continue
		}
		z := newZoo(t, row)
		got, _, err := z.run(z.p, "7101")
		if err != nil || got.Email != "" || got.EmailState != accounts.EmailNone || strings.Contains(fmt.Sprint(got.Name, got.Handle), "provided") {
			t.Errorf("%s: %+v, %v", row.kind, got, err)
		}
	}
}
