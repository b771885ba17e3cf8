package providers

import (
	"slices"
	"strings"
	"testing"

	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

func TestO12_SubjectOfTheIDToken(t *testing.T) {
	for name, sub := range map[string]any{
		"missing": nil, "empty": "", "number": 7, "300": strings.Repeat("x", 300), "zero": "0",
		"null": "null", "nil": "<nil>", "control": "a\x00b", "spaces": "  ", "list": []string{"ada"},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.fake.claims = func(c map[string]any) {
					c["sub"] = sub
					if sub == nil {
						delete(c, "sub")
					}
				}
				_, err := b.run("ada")
				wantFailure(t, err, event.ReasonSubjectInvalid, "")
				if b.count("profile") != 0 {
					t.Error("the profile was asked for")
				}
			})
		})
	}
}

func TestO12_ProfilesThatSayNobody(t *testing.T) {
	bad, nobody, other := event.ReasonProviderBadResponse, event.ReasonSubjectInvalid, event.ReasonUserinfoSubjectMismatch
	for _, tt := range []struct {
		body                 string
		github, facebook, id event.Reason // id: the kinds with an ID token
	}{
		{`{}`, nobody, nobody, other},
		{`null`, bad, bad, bad},
		{`[]`, bad, bad, bad},
		{`"x"`, bad, bad, bad},
		{``, bad, bad, bad},
		{`<html>` + canary, bad, bad, bad},
		{`{"id":0,"sub":0}`, nobody, bad, other},
		{`{"id":-7,"sub":-7}`, nobody, bad, other},
		{`{"id":1.5,"sub":1.5}`, bad, bad, other},
		{`{"id":"0","sub":"0"}`, bad, nobody, other},
		{`{"id":null,"sub":null}`, nobody, nobody, other},
		{`{"id":"","sub":""}`, bad, nobody, other},
		{`{"id":[],"sub":[]}`, bad, bad, other},
		{`{"id":{},"sub":{}}`, bad, bad, other},
		{`{"id":true,"sub":true}`, bad, bad, other},
		{`{"ID":7,"SUB":"ada"}`, nobody, bad, other},
	} {
		for kind, want := range map[string]event.Reason{
			"ghe": tt.github, "github": tt.github, "facebook": tt.facebook, "oidc": tt.id, "google": tt.id,
		} {
			t.Run(kind+tt.body, func(t *testing.T) {
				b := newBench(t, kind)
				b.answer["profile"] = text(200, tt.body)
				_, err := b.run("ada")
				var f *Failure
				if f, _ = err.(*Failure); f == nil || f.Reason == event.ReasonProviderPanic {
					t.Fatalf("got %v, want a failure that is no panic", err)
				}
				wantFailure(t, err, want, "")
			})
		}
	}
}

func TestO13_UserinfoOfAnother(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"mismatch": func(p map[string]any) { p["sub"], p["id"] = "eve", "eve" },
		"missing":  func(p map[string]any) { delete(p, "sub"); delete(p, "id") },
		"case":     func(p map[string]any) { p["sub"], p["id"] = "ADA", "ADA" },
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, b *bench) {
				b.profile = func(sub string) any {
					p := map[string]any{"sub": sub, "id": sub, "email": canary + "@mail.test"}
					change(p)
					return p
				}
				b.refused(event.ReasonUserinfoSubjectMismatch, "", map[string]int{"token": 1, "profile": 1})
			})
		})
	}
}

func TestW04_ProfileTextIsCleaned(t *testing.T) {
	b := newBench(t, "oidc")
	b.profile = func(sub string) any {
		return map[string]any{
			"sub": sub, "name": "Ada\x00\r\n<img src=x>" + strings.Repeat("é", 300),
			"preferred_username": strings.Repeat("h", 500), "picture": "javascript:alert(1)",
		}
	}
	b.fake.claims = func(c map[string]any) { c["email"] = "two@ats@mail.test" }
	got, err := b.run("ada")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(got.Name, "\x00\r\n") || len(got.Name) > accounts.MaxName || len(got.Handle) != accounts.MaxHandle {
		t.Errorf("name %q, handle %q", got.Name, got.Handle)
	}
	if got.AvatarURL != "" || got.Email != "" || got.EmailState != accounts.EmailNone {
		t.Errorf("picture %q, address %q %v", got.AvatarURL, got.Email, got.EmailState)
	}
	if !slices.ContainsFunc(got.Checks, func(c string) bool { return strings.Contains(c, "malformed") }) {
		t.Errorf("the checks do not say that the address was left out: %q", got.Checks)
	}
}

func TestAvatarAddress(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://img.test/a.png?s=1": true, "http://img.test/a": false, "//img.test/a": false, "data:image/png,x": false,
		"https://u:p@img.test/": false, "https://": false, "https://img.test/a b": false, "": false,
		"https://img.test/" + strings.Repeat("x", accounts.MaxURL): false,
	} {
		if got := cleanAvatar(raw); (got == raw && got != "") != want {
			t.Errorf("cleanAvatar(%.40q) = %.40q", raw, got)
		}
	}
}
