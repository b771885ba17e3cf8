package accounts_test

import (
	"testing"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// TestL01_EmailNeverSignsIn: an address that an account holds opens nothing,
// whatever the policy, unless the provider is an authority for it.
func TestL01_EmailNeverSignsIn(t *testing.T) {
	t.Parallel()
	authority := ada("home")
	authority.Authority = true
	kelvin := authority
	kelvin.Email = "\u212Aim@example.org" // is no Kim
	signedUp := []string{"account.create success signup", "identity.link success signup", "session.signin success signup"}
	tests := []struct {
		name    string
		link    accounts.EmailLink
		profile accounts.Profile
		mine    accounts.Profile
		prepare func(*world, db.ID)
		want    event.Reason // none: an account of its own
		words   []string
	}{
		{"ask", accounts.EmailLinkAsk, authority, ada("github"), nil, event.ReasonLinkRequired, nil},
		{"case does not matter", accounts.EmailLinkAsk, at("ADA@EXAMPLE.ORG"), ada("github"), nil, event.ReasonLinkRequired, nil},
		{"auto without authority", accounts.EmailLinkAuto, ada("home"), ada("github"), nil, event.ReasonLinkRequired, nil},
		{"L11: auto into an admin", accounts.EmailLinkAuto, authority, ada("github"), func(w *world, id db.ID) {
			w.set(func(ctx ctxT, tx *db.Tx) error { return tx.SetAdmin(id, true) })
		}, event.ReasonLinkRequired, nil},
		{"auto into one who waits", accounts.EmailLinkAuto, authority, ada("github"), func(w *world, id db.ID) {
			w.setStatus(id, db.StatusPending)
		}, event.ReasonLinkRequired, nil},
		{"two hold it", accounts.EmailLinkAuto, authority, ada("github"), func(w *world, _ db.ID) {
			w.set(func(ctx ctxT, tx *db.Tx) error { return second(ctx, tx, "ada@example.org") })
		}, event.ReasonEmailAmbiguous, nil},
		{"off", accounts.EmailLinkOff, authority, ada("github"), nil, event.ReasonNone, signedUp},
		{"L02: theirs is not verified", accounts.EmailLinkAuto, authority, unverified(ada("github")), nil, event.ReasonNone, signedUp},
		{"mine is not verified", accounts.EmailLinkAuto, unverified(authority), ada("github"), nil, event.ReasonNone, signedUp},
		{"alike to Unicode only", accounts.EmailLinkAuto, kelvin, person("github", "Kim"), nil, event.ReasonNone, signedUp},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, accounts.Policy{Signup: accounts.SignupOpen, EmailLink: test.link})
			_, owner := w.in(test.mine)
			if test.prepare != nil {
				test.prepare(w, owner.Account.ID)
			}
			w.forget()
			identities := w.count("identities")
			b := w.browser()
			result, err := b.trip(accounts.IntentSignIn, test.profile)
			if test.want == event.ReasonNone {
				if err != nil || result.Account.ID == owner.Account.ID {
					t.Errorf("got %+v, %v", result, err)
				}
				w.leaves(test.words...)
				return
			}
			refused(t, err, test.want)
			e := w.leaves("session.signin failure " + test.want.String())[0]
			if e.Account != 0 || e.Identity != 0 {
				t.Errorf("the address was taken for a proof: %+v", e)
			}
			if b.session() != nil || w.count("identities") != identities {
				t.Error("the refusal wrote a session or an identity")
			}
		})
	}
}

func TestSignIn_AutoLink(t *testing.T) {
	t.Parallel()
	w := open(t, accounts.Policy{EmailLink: accounts.EmailLinkAuto, Allow: []accounts.AllowRule{{Provider: "github", Subject: "Ada"}}})
	_, owner := w.in(ada("github"))
	w.forget()
	profile := ada("home")
	profile.Authority = true
	b, result := w.in(profile)
	events := w.leaves("identity.link success auto_verified_email", "session.signin success auto_verified_email")
	if result.Account.ID != owner.Account.ID || len(w.identities(owner.Account.ID)) != 2 || b.session().AccountID != owner.Account.ID {
		t.Errorf("got %+v", result)
	}
	if d := events[1].Detail; d.Policy != "email_link = auto" || d.By != "home" || d.Rule != string(accounts.RuleEmailAuto) {
		t.Errorf("recorded as %+v", d)
	}
}

// second adds another account with a verified address.
func second(_ ctxT, tx *db.Tx, key string) error {
	a, err := tx.InsertAccount(db.Account{Name: "second", Status: db.StatusActive})
	if err != nil {
		return err
	}
	_, err = tx.InsertIdentity(db.Identity{
		AccountID: a.ID, Key: db.Key{Provider: "forge", Subject: "second"},
		Email: key, EmailKey: key, EmailState: uint8(accounts.EmailVerified),
	})
	return err
}
