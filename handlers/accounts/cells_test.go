package accounts_test

import (
	"slices"
	"strings"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

// The dimensions of Decide's inputs, each with its values by name.
var dimensions = [...][]string{
	dIntent:    {"signin", "claim", "link", "stepup", "test"},
	dIn:        {"none", "active", "pending", "disabled", "admin"},
	dFresh:     {"no", "yes"},
	dOwner:     {"none", "self", "active", "pending", "disabled", "merged", "deleted", "admin", "exadmin"},
	dEmail:     {"none", "unverified", "verified"},
	dMatch:     {"none", "active", "admin", "disabled", "pending", "merged", "two", "mixed"},
	dSignup:    {"approve", "open", "invite", "closed"},
	dLink:      {"ask", "auto", "off"},
	dAllow:     {"none", "domain", "subject", "other"},
	dAuthority: {"no", "yes"},
	dClaim:     {"no", "yes"},
	dFirst:     {"no", "yes"},
}

const (
	dIntent = iota
	dIn
	dFresh
	dOwner
	dEmail
	dMatch
	dSignup
	dLink
	dAllow
	dAuthority
	dClaim
	dFirst
	dCount
)

// cell is one combination of inputs: an index into each dimension.
type cell [dCount]uint8

func (c cell) is(dimension int) string { return dimensions[dimension][c[dimension]] }

func (c cell) String() string {
	var b strings.Builder
	for d := range c {
		b.WriteString(c.is(d) + " ")
	}
	return b.String()
}

// eachCell walks the full product, without an owner who is "self" where nobody
// is signed in.
func eachCell(visit func(cell)) (n int) {
	var c cell
	for {
		if c.is(dOwner) != "self" || c.is(dIn) != "none" {
			visit(c)
			n++
		}
		d := dCount - 1
		for ; d >= 0; d-- {
			if c[d]++; int(c[d]) < len(dimensions[d]) {
				break
			}
			c[d] = 0
		}
		if d < 0 {
			return n
		}
	}
}

// The accounts of the cells.
const (
	idIn db.ID = iota + 1
	idOwner
	idMatch
	idSecond
)

// whoNamed are the accounts that a value of a dimension names.
var whoNamed = map[string]accounts.Who{
	"active":   {Status: db.StatusActive},
	"admin":    {Status: db.StatusActive, Admin: true},
	"pending":  {Status: db.StatusPending},
	"disabled": {Status: db.StatusDisabled},
	"exadmin":  {Status: db.StatusDisabled, Admin: true},
	"merged":   {Status: db.StatusMerged},
	"deleted":  {Status: db.StatusDeleted},
}

func who(name string, id db.ID) *accounts.Who {
	w, ok := whoNamed[name]
	if !ok {
		return nil
	}
	w.ID = id
	return &w
}

// The parts of the inputs by index, made once.
var (
	signedIns = each(dIn, func(name string) *accounts.Who { return who(name, idIn) })
	owners    = each(dOwner, func(name string) *accounts.Who { return who(name, idOwner) })
	matches   = each(dMatch, func(name string) []accounts.Who {
		switch name {
		case "two":
			return []accounts.Who{*who("active", idMatch), *who("active", idSecond)}
		case "mixed":
			return []accounts.Who{*who("disabled", idMatch), *who("active", idSecond)}
		case "none":
			return nil
		}
		return []accounts.Who{*who(name, idMatch)}
	})
	allows = each(dAllow, func(name string) []accounts.AllowRule {
		return map[string][]accounts.AllowRule{
			"domain":  {{Domain: "example.org"}},
			"subject": {{Provider: "github", Subject: "Ada"}},
			"other":   {{EmailKey: "bob@example.org"}, {Domain: "example.net"}},
		}[name]
	})
)

func each[T any](dimension int, build func(string) T) (all []T) {
	for _, name := range dimensions[dimension] {
		all = append(all, build(name))
	}
	return all
}

func (c cell) policy() accounts.Policy {
	return accounts.Policy{
		Signup:    accounts.Signup(c.is(dSignup)),
		EmailLink: accounts.EmailLink(c.is(dLink)),
		Allow:     allows[c[dAllow]],
	}
}

func (c cell) profile() accounts.Profile {
	p := ada("github")
	p.EmailState, p.Authority = accounts.EmailState(c[dEmail]), c[dAuthority] == 1
	if p.EmailState == accounts.EmailNone {
		p.Email = ""
	}
	return p
}

func (c cell) facts() accounts.Facts {
	f := accounts.Facts{
		Intent:    accounts.Intent(c.is(dIntent)),
		SignedIn:  signedIns[c[dIn]],
		Fresh:     c[dFresh] == 1,
		Owner:     owners[c[dOwner]],
		Matches:   matches[c[dMatch]],
		ClaimOpen: c[dClaim] == 1,
		First:     c[dFirst] == 1,
	}
	if c.is(dOwner) == "self" {
		f.Owner = f.SignedIn
	}
	return f
}

// masks are the conditions of a row: for each dimension the values it takes.
type masks [dCount]uint16

// mask reads "a|b" as values of a dimension; "" is any, "!a|b" all others.
func mask(dimension int, text string) uint16 {
	if text == "" {
		return 1<<16 - 1
	}
	text, not := strings.CutPrefix(text, "!")
	var m uint16
	for name := range strings.SplitSeq(text, "|") {
		i := slices.Index(dimensions[dimension], name)
		if i < 0 {
			panic("no such value: " + name)
		}
		m |= 1 << i
	}
	if not {
		m = ^m
	}
	return m
}

func (m *masks) take(c *cell) bool {
	for d, bits := range m {
		if bits&(1<<c[d]) == 0 {
			return false
		}
	}
	return true
}
