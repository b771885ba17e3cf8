package handlers

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
	"gatebook/views"
)

const maxFilterText = 256 // bytes of any one filter value

// eventQuery is a filter as it was asked for. The URL is the state: what it
// cannot read is named in problems and left out, and the rest still filters.
type eventQuery struct {
	values   url.Values
	filter   db.EventFilter
	page     db.EventPage
	problems []string
}

// filterReaders read one parameter each, in the order of the chips.
var filterReaders = []struct {
	name string
	read func(*eventQuery, string) error
}{
	{"kind", func(q *eventQuery, v string) (err error) { q.filter.Kind, err = event.ParseKind(v); return err }},
	{"outcome", readOutcome},
	{"reason", func(q *eventQuery, v string) (err error) { q.filter.Reason, err = event.ParseReason(v); return err }},
	{"provider", func(q *eventQuery, v string) error { q.filter.Provider = v; return nil }},
	{"account", func(q *eventQuery, v string) (err error) { q.filter.Account, err = readID(v); return err }},
	{"identity", func(q *eventQuery, v string) (err error) { q.filter.Identity, err = readID(v); return err }},
	{"attempt", func(q *eventQuery, v string) (err error) { q.filter.Attempt, err = readID(v); return err }},
	{"ip", readNetwork},
	{"from", func(q *eventQuery, v string) (err error) { q.filter.From, err = readTime(v, false); return err }},
	{"to", func(q *eventQuery, v string) (err error) { q.filter.To, err = readTime(v, true); return err }},
}

// parseEventQuery reads a filter from a URL's query. Words of the form
// name:value in the free text are filters too.
func parseEventQuery(values url.Values) *eventQuery {
	q := &eventQuery{values: url.Values{}}
	search := asked(values, "q")
	if len(search) > maxFilterText {
		q.problems = append(q.problems, "The search text is too long.")
		search = "" // nor is it carried along in every link of the page
	}
	text, qualified := splitSearch(search)
	q.filter.Text = text
	if search != "" {
		q.values.Set("q", search)
	}
	for _, reader := range filterReaders {
		value := asked(values, reader.name)
		switch {
		case len(value) > maxFilterText:
			q.problems = append(q.problems, fmt.Sprintf("The %s is too long.", reader.name))
			continue
		case value != "":
			q.values.Set(reader.name, value)
		default:
			value = qualified[reader.name]
		}
		if value == "" {
			continue
		}
		if err := reader.read(q, value); err != nil {
			q.problems = append(q.problems, fmt.Sprintf("%s: %s.", reader.name, err))
		}
	}
	q.page.Older = q.cursor(values.Get("older"))
	q.page.Newer = q.cursor(values.Get("newer"))
	return q
}

// asked is a parameter's text as it may be shown again: valid UTF-8 without
// control characters, of which no name, address or id has any.
func asked(values url.Values, name string) string {
	text := values.Get(name)
	return accounts.CleanText(text, 3*len(text)) // 3 bytes replace one that is no text
}

func (q *eventQuery) cursor(v string) db.ID {
	if v == "" {
		return 0
	}
	id, err := db.ParseID(v)
	if err != nil {
		q.problems = append(q.problems, "The page's address is damaged; this is the newest page.")
	}
	return id
}

// splitSearch takes the name:value words out of a search. Several words of one
// name are the last one.
func splitSearch(search string) (text string, qualified map[string]string) {
	qualified = map[string]string{}
	var free []string
	for _, word := range strings.Fields(search) {
		name, value, ok := strings.Cut(word, ":")
		switch name = strings.ToLower(name); {
		case ok && value != "" && isFilter(name):
			qualified[name] = value
		case ok && value != "" && name == "after":
			qualified["from"] = value
		case ok && value != "" && name == "before":
			qualified["to"] = value
		default:
			free = append(free, word)
		}
	}
	return strings.Join(free, " "), qualified
}

func isFilter(name string) bool {
	for _, reader := range filterReaders {
		if reader.name == name {
			return true
		}
	}
	return false
}

func readOutcome(q *eventQuery, v string) error {
	outcome, err := event.ParseOutcome(v)
	if err == nil {
		q.filter.Outcome = &outcome
	}
	return err
}

func readID(v string) (db.ID, error) {
	id, err := db.ParseID(strings.ToLower(v))
	if err != nil {
		return 0, fmt.Errorf("%q is not an id", v)
	}
	return id, nil
}

// readNetwork reads one address or a network in CIDR form.
func readNetwork(q *eventQuery, v string) error {
	if ip, err := netip.ParseAddr(v); err == nil && ip.Zone() == "" {
		q.filter.IP = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen())
		return nil
	}
	network, err := netip.ParsePrefix(v)
	if err != nil {
		return fmt.Errorf("%q is neither an address nor a network such as 203.0.113.0/24", v)
	}
	q.filter.IP = network.Masked()
	return nil
}

// readTime reads a day or an instant in UTC. A day as the end is meant whole.
func readTime(v string, end bool) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, v)
	if err == nil && end {
		t = t.AddDate(0, 0, 1)
	}
	if err != nil {
		t, err = time.Parse(time.RFC3339, v)
	}
	if err != nil || t.Year() < 1971 || t.Year() > 2200 {
		return time.Time{}, fmt.Errorf("%q is neither a day such as 2026-11-21 nor an instant such as 2026-11-21T14:00:00Z", v)
	}
	return t, nil
}

// url is the log's address with this filter, changed by pairs of name and
// value; an empty value takes the filter away.
func (q *eventQuery) url(path string, pairs ...string) string {
	values := url.Values{}
	for name, list := range q.values {
		values[name] = list
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Del(pairs[i])
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// chips are the filters in use, each with the address that drops it.
func (q *eventQuery) chips(s *Server, names map[string]string) []views.Chip {
	var chips []views.Chip
	add := func(name, value string) {
		if known, ok := names[name]; ok {
			value = known
		}
		chips = append(chips, views.Chip{Label: name + ": " + value, Remove: q.url("/admin/events", name, "")})
	}
	if search := q.values.Get("q"); search != "" {
		chips = append(chips, views.Chip{Label: "“" + search + "”", Remove: q.url("/admin/events", "q", "")})
	}
	for _, reader := range filterReaders {
		if value := q.values.Get(reader.name); value != "" {
			add(reader.name, value)
		}
	}
	return chips
}
