package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatebook/handlers/providers"

	"github.com/BurntSushi/toml"
)

// providerChecker turns one provider's fields into its Config.
type providerChecker struct {
	*settingsChecker
	in  providerInput
	cfg *providers.Config
}

func (p *providerChecker) bad(field, suggestion, format string, args ...any) {
	where := p.in.where
	if f, ok := p.in.fields[field]; ok {
		where = f.where
	}
	p.at(where, "providers."+p.in.id+"."+field, suggestion, format, args...)
}

func (p *providerChecker) kind() (providers.Kind, bool) {
	word := p.in.id
	if f, ok := p.in.fields["kind"]; ok {
		word, _ = f.value.(string)
	}
	kind, ok := providers.KindByID(word)
	if ok {
		return kind, true
	}
	for _, refused := range providers.Refused() {
		if refused.ID == word {
			p.bad("kind", "gatebook providers lists the kinds", "%s is not offered: %s", word, refused.Reason)
			return kind, false
		}
	}
	var ids []string
	for _, k := range providers.Kinds() {
		ids = append(ids, k.ID)
	}
	suggestion := didYouMean(word, ids)
	if first, _, ok := strings.Cut(word, "-"); ok && slices.Contains(ids, first) {
		suggestion = fmt.Sprintf("add kind = %q", first)
	}
	if _, named := p.in.fields["kind"]; named {
		if suggestion == "" {
			suggestion = "gatebook providers lists the kinds"
		}
		p.bad("kind", suggestion, "%q is no kind of provider", word)
		return kind, false
	}
	if suggestion == "" {
		suggestion = `say which kind it is, such as kind = "oidc"`
	}
	p.bad("kind", suggestion, "provider %s has no kind, and its id is none", toml.Key{p.in.id})
	return kind, false
}

func (p *providerChecker) unknownField(name string, kind providers.Kind, known []string) {
	if slices.ContainsFunc(fileKeys(), func(t settingInfo) bool { return t.key == name }) {
		p.bad(name, "move it above the first [table] of the file", "%s is no setting of a provider", name)
		return
	}
	if slices.Contains(allFieldNames(), name) {
		p.bad(name, "remove it", "providers of kind %s have no %s", kind.ID, name)
		return
	}
	p.bad(name, didYouMean(name, known), "there is no setting %s of a provider", toml.Key{name})
}

// field checks one field's shape and puts it into the provider's Config.
func (p *providerChecker) field(name string) {
	switch name {
	case "kind":
	case "email_trust":
		p.cfg.EmailTrust = p.trust(name)
	case "email_authority":
		p.cfg.EmailAuthority = p.truth(name)
	case "allow_private":
		p.cfg.AllowPrivate = p.truth(name)
	case "pkce":
		value := p.truth(name)
		p.cfg.PKCE = &value
	case "scopes":
		p.cfg.Scopes = p.list(name)
	case "audiences":
		p.cfg.Audiences = p.list(name)
	default:
		p.textField(name)
	}
}

// textField puts a text into its place, read from a file where the field says
// so.
func (p *providerChecker) textField(name string) {
	base, byFile := strings.CutSuffix(name, fileSuffix)
	if !byFile {
		p.put(name, p.text(name))
		return
	}
	if _, both := p.in.fields[base]; both {
		p.bad(name, "keep one of them", "%s is set as well", base)
		return
	}
	p.put(base, p.secretFile(name))
}

// put is where each text belongs: the fields that most kinds have, or the
// kind's own.
func (p *providerChecker) put(name, value string) {
	switch name {
	case "label":
		p.cfg.Label = value
	case "client_id":
		p.cfg.ClientID = value
	case "client_secret":
		p.cfg.ClientSecret = value
	case "icon":
		p.icon(value)
	case "issuer":
		p.cfg.Issuer = value
	case "base_url":
		p.cfg.BaseURL = value
	default:
		if p.cfg.Extra == nil {
			p.cfg.Extra = map[string]string{}
		}
		p.cfg.Extra[name] = value
	}
}

func (p *providerChecker) text(name string) string {
	text, ok := p.in.fields[name].value.(string)
	if !ok {
		p.bad(name, fmt.Sprintf(`write %s = "…"`, name), "%s is not text in quotes", name)
	}
	return text
}

func (p *providerChecker) trust(name string) string {
	word := p.text(name)
	words := []string{string(providers.TrustVerified), string(providers.TrustNever)}
	if word != "" && !slices.Contains(words, word) {
		p.bad(name, didYouMean(word, words), "%q is none of %s", word, strings.Join(words, ", "))
	}
	return word
}

// truth reads true or false: a TOML boolean, or the word in a variable.
func (p *providerChecker) truth(name string) bool {
	switch v := p.in.fields[name].value.(type) {
	case bool:
		return v
	case string:
		if p.in.fields[name].variable {
			if b, err := strconv.ParseBool(v); err == nil {
				return b
			}
		}
	}
	p.bad(name, "write true or false, without quotes in a file", "%s is neither true nor false", name)
	return false
}

// list reads a TOML list of texts, or a variable with spaces or commas between.
func (p *providerChecker) list(name string) []string {
	switch v := p.in.fields[name].value.(type) {
	case string:
		if p.in.fields[name].variable {
			return strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == ',' })
		}
	case []any:
		if allText(v) {
			texts := make([]string, len(v))
			for i := range v {
				texts[i] = v[i].(string)
			}
			return texts
		}
	}
	p.bad(name, fmt.Sprintf(`write %s = ["…", "…"]`, name), "%s is not a list of texts", name)
	return nil
}
