package providers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"gatebook/db/event"
)

var errTooLong = errors.New("the reply is longer than allowed")

// classify turns any error of a call into a *Failure. Foreign text is dropped
// here for good: *url.Error prints URLs with tokens in them.
func classify(ctx context.Context, err error) *Failure {
	var f *Failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return fail(event.ReasonAbandoned, "the visitor went away during the call")
	case isTimeout(err):
		return fail(event.ReasonProviderTimeout, "the provider did not answer in time")
	case errors.As(err, new(blockedError)):
		return fail(event.ReasonProviderSSRFBlocked, blockedError{}.Error())
	case isTLS(err):
		return fail(event.ReasonProviderTLS, "no trusted TLS connection to the provider")
	case isUnreachable(err):
		return fail(event.ReasonProviderUnreachable, "no connection to the provider")
	}
	return fail(event.ReasonProviderBadResponse, "the reply could not be read")
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &n) && n.Timeout()
}

func isTLS(err error) bool {
	return errors.As(err, new(*tls.CertificateVerificationError)) ||
		errors.As(err, new(x509.UnknownAuthorityError)) ||
		errors.As(err, new(x509.HostnameError)) ||
		errors.As(err, new(x509.CertificateInvalidError)) ||
		errors.As(err, new(tls.RecordHeaderError)) ||
		errors.As(err, new(tls.AlertError))
}

func isUnreachable(err error) bool {
	return errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.DNSError)) ||
		errors.As(err, new(syscall.Errno)) || errors.Is(err, io.EOF)
}

// refusal is the failure that a token endpoint's error code means
// (RFC 6749 §5.2, and the words that GitHub uses instead).
func refusal(code string) *Failure {
	switch code {
	case "invalid_grant", "bad_verification_code":
		return fail(event.ReasonProviderRejectedCode, "the provider refused the authorization code")
	case "invalid_client", "unauthorized_client", "incorrect_client_credentials":
		return fail(event.ReasonProviderRejectedClient, "the provider refused the client id or secret")
	case "redirect_uri_mismatch", "invalid_scope", "unsupported_grant_type", "invalid_request":
		return fail(event.ReasonProviderMisconfigured, "the provider refused the token request as it is configured")
	}
	return fail(event.ReasonProviderHTTPError, "the provider refused the token request")
}

// lowerASCII lowers A to Z and nothing else.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
