package practice

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
)

// person is somebody whom every practice provider knows.
type person struct {
	Key      string // value of the form's persona field
	Name     string
	Handle   string
	Email    string // "" for none
	Verified bool
	Hint     string // what the button says of them
	number   int    // Forge's id
}

// deny is the persona that is nobody: the answer is access_denied.
const deny = "deny"

// maxGuest is the highest N of the hidden personas guest-N.
const maxGuest = 1_000_000

// The ids of Forge: guests lie above the shown personas and below 2^31, where
// clients with a 32-bit int still read them.
const firstGuest = 10_000_000

// people are the personas with a button. Ada and Mallory give one address: hers
// by right at all three providers, his by claim alone.
var people = []person{
	{Key: "ada", Name: "Ada Lovelace", Handle: "ada", Email: "ada@example.org", Verified: true,
		Hint: "verified e-mail", number: 1815},
	{Key: "grace", Name: "Grace Hopper", Handle: "grace", Email: "grace@example.net",
		Hint: "unverified e-mail", number: 1906},
	{Key: "mallory", Name: "Mallory", Handle: "mallory", Email: "ada@example.org",
		Hint: "claims Ada's address", number: 6664},
	{Key: "noemail", Name: "Noor Quiet", Handle: "noor",
		Hint: "gives no e-mail", number: 4041},
}

// findPerson knows the shown personas and guest-1 to guest-1000000, each of
// whom is a person of their own with a verified address.
func findPerson(key string) (person, bool) {
	for _, who := range people {
		if who.Key == key {
			return who, true
		}
	}
	digits, isGuest := strings.CutPrefix(key, "guest-")
	n, err := strconv.Atoi(digits)
	if !isGuest || err != nil || n < 1 || n > maxGuest || strconv.Itoa(n) != digits {
		return person{}, false
	}
	return person{
		Key: key, Name: fmt.Sprintf("Guest %d", n), Handle: key,
		Email: key + "@example.test", Verified: true, number: firstGuest + n,
	}, true
}

// personByHandle is findPerson for the last part of an avatar's address.
func personByHandle(handle string) (person, bool) {
	for _, who := range people {
		if who.Handle == handle {
			return who, true
		}
	}
	return findPerson(handle)
}

// subject is the person's id at an OpenID provider: the same in every run,
// another at every provider, and nothing of the person readable in it.
func (who person) subject(providerID string) string {
	sum := sha256.Sum256([]byte("gatebook practice " + providerID + " " + who.Key))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15]))
}
