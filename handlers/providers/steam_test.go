package providers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"gatebook/db/event"
)

// Steam's gate takes the one form of assertion that Steam sends, each once.
func TestO25_SteamAssertions(t *testing.T) {
	for name, change := range map[string]func(url.Values){
		"nothing signed":      func(q url.Values) { q.Set("openid.signed", "") },
		"identity not signed": func(q url.Values) { q.Set("openid.signed", "signed,op_endpoint,return_to,response_nonce,assoc_handle") },
		"another order": func(q url.Values) {
			q.Set("openid.signed", "op_endpoint,signed,claimed_id,identity,return_to,response_nonce,assoc_handle")
		},
		"another endpoint": func(q url.Values) { q.Set("openid.op_endpoint", "https://evil.test/openid/login") },
		"two claimed ids": func(q url.Values) {
			q.Add("openid.claimed_id", "https://steamcommunity.com/openid/id/76561190000009999")
		},
		"claimed is not identity": func(q url.Values) {
			q.Set("openid.claimed_id", "https://steamcommunity.com/openid/id/76561190000009999")
		},
		"http person":      func(q url.Values) { aboutPerson(q, "http://steamcommunity.com/openid/id/76561190000007101") },
		"another host":     func(q url.Values) { aboutPerson(q, "https://steamcommunity.com.evil.test/openid/id/76561190000007101") },
		"line break":       func(q url.Values) { aboutPerson(q, "https://steamcommunity.com/openid/id/76561190000007101\n") },
		"short id":         func(q url.Values) { aboutPerson(q, "https://steamcommunity.com/openid/id/7656") },
		"another callback": func(q url.Values) { q.Set("openid.return_to", "https://evil.test/?state="+q.Get("state")) },
		"another state":    func(q url.Values) { q.Set("openid.return_to", "https://gate.test/signin/one/callback?state=other") },
		"old nonce": func(q url.Values) {
			q.Set("openid.response_nonce", time.Now().Add(-6*time.Minute).UTC().Format(time.RFC3339)+"x")
		},
		"nonce of tomorrow": func(q url.Values) {
			q.Set("openid.response_nonce", time.Now().Add(24*time.Hour).UTC().Format(time.RFC3339)+"x")
		},
		"no nonce":         func(q url.Values) { q.Del("openid.response_nonce") },
		"nonce is no time": func(q url.Values) { q.Set("openid.response_nonce", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx") },
		"extension":        func(q url.Values) { q.Set("openid.sreg.email", "victim@mail.test") },
		"mode":             func(q url.Values) { q.Set("openid.mode", "check_authentication") },
		"version":          func(q url.Values) { q.Set("openid.ns", "http://openid.net/signon/1.1") },
		"no signature":     func(q url.Values) { q.Del("openid.sig") },
	} {
		t.Run(name, func(t *testing.T) {
			z := oneOf(t, "steam", nil)
			z.row.callback = func(z *zoo, trip Trip, code, who string) url.Values {
				q := steamCallback(z, trip, code, who)
				change(q)
				return q
			}
			_, _, err := z.run(z.p, "7101")
			wantFailure(t, err, event.ReasonAssertionInvalid, "")
			if hits, _, _ := z.seen(); len(hits) > 0 {
				t.Errorf("asked %q", hits)
			}
		})
	}
}

func aboutPerson(q url.Values, person string) {
	q.Set("openid.claimed_id", person)
	q.Set("openid.identity", person)
}

func TestO25_SteamsVerdictAndReplay(t *testing.T) {
	z := oneOf(t, "steam", nil)
	for body, want := range map[string]event.Reason{
		"ns:http://specs.openid.net/auth/2.0\nis_valid:false\n": event.ReasonAssertionInvalid,
		"ns:http://specs.openid.net/auth/2.0\n":                 event.ReasonAssertionInvalid,
		"error:is_valid:true\n":                                 event.ReasonAssertionInvalid,
		"":                                                      event.ReasonAssertionInvalid,
	} {
		z.answer["POST steamcommunity.com/openid/login"] = text(http.StatusOK, body)
		_, _, err := z.run(z.p, "7101")
		wantFailure(t, err, want, "")
	}
	delete(z.answer, "POST steamcommunity.com/openid/login")
	z.answer["GET api.steampowered.com/ISteamUser/GetPlayerSummaries/v0002/"] = text(200, `{"response":{"players":[{"steamid":"76561190000009999"}]}}`)
	_, _, err := z.run(z.p, "7101")
	wantFailure(t, err, event.ReasonSubjectInvalid, "")
	clear(z.answer)

	var kept url.Values
	z.row.callback = func(z *zoo, trip Trip, code, who string) url.Values {
		if kept == nil {
			kept = steamCallback(z, trip, code, who)
			return kept
		}
		q := steamCallback(z, trip, code, who)
		q.Set("openid.response_nonce", kept.Get("openid.response_nonce"))
		return q
	}
	if _, _, err := z.run(z.p, "7101"); err != nil {
		t.Fatal(err)
	}
	_, _, err = z.run(z.p, "7101")
	wantFailure(t, err, event.ReasonAssertionInvalid, "")
}

func TestNoncesAreForgottenInTime(t *testing.T) {
	var n nonces
	now := time.Now()
	stamp := func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }
	if !n.first(stamp(now)+"a", now) || n.first(stamp(now)+"a", now) || !n.first(stamp(now)+"b", now) {
		t.Error("a nonce counts once")
	}
	later := now.Add(nonceLife + time.Minute)
	if !n.first(stamp(later)+"c", later) || len(n.seen) != 1 {
		t.Errorf("%d nonces are remembered, want the new one", len(n.seen))
	}
	if n.first(stamp(now)+"a", later) {
		t.Error("a forgotten nonce must be too old")
	}
}
