package providers

import (
	"errors"
	"strconv"

	"gatebook/db/event"
)

// Failure is why a trip did not end in a profile. Its text is safe to log: it
// is made of our own words only, never of codes, tokens, secrets, bodies or
// URLs.
type Failure struct {
	Reason event.Reason
	Check  string // the check of an ID token that failed: signature, alg, kid, iss, aud, azp, exp, iat, nbf, at_hash, auth_time, format
	Status int    // the provider's HTTP status, 0 when it gave none

	err error
}

// Error is the reason's word with what else is known.
func (f *Failure) Error() string {
	s := f.Reason.String()
	if f.Check != "" {
		s += ", check " + f.Check
	}
	if f.Status != 0 {
		s += ", status " + strconv.Itoa(f.Status)
	}
	if f.err != nil {
		s += ": " + f.err.Error()
	}
	return s
}

// fail makes a failure from a sentence of ours.
func fail(r event.Reason, why string) *Failure {
	return &Failure{Reason: r, err: errors.New(why)}
}

// failCheck makes the failure of one check of an ID token.
func failCheck(check, why string) *Failure {
	return &Failure{Reason: event.ReasonIDTokenInvalid, Check: check, err: errors.New(why)}
}
