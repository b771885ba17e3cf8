package providers

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// reach says which addresses a connection may go to.
type reach uint8

const (
	reachPublic      reach = iota // the open internet only
	reachAny                      // that, and loopback and private networks
	reachPrivateOnly              // loopback and private networks only: plain http
)

// class sorts an address by who can be behind it.
type class uint8

const (
	classPublic class = iota
	classPrivate
	classNever // nothing that signs people in lives there
)

// special are the ranges that net/netip's own predicates do not know. The
// first one that holds an address decides (RFC 6890 and its registries).
var special = []struct {
	prefix netip.Prefix
	class  class
}{
	{netip.MustParsePrefix("0.0.0.0/8"), classNever},
	{netip.MustParsePrefix("100.64.0.0/10"), classPrivate}, // carrier-grade NAT, and overlay networks
	{netip.MustParsePrefix("192.0.0.0/24"), classNever},
	{netip.MustParsePrefix("192.0.2.0/24"), classNever},
	{netip.MustParsePrefix("198.18.0.0/15"), classPrivate},
	{netip.MustParsePrefix("198.51.100.0/24"), classNever},
	{netip.MustParsePrefix("203.0.113.0/24"), classNever},
	{netip.MustParsePrefix("240.0.0.0/4"), classNever},
	{netip.MustParsePrefix("::/96"), classNever},           // IPv4-compatible, long dead
	{netip.MustParsePrefix("::ffff:0:0:0/96"), classNever}, // IPv4-translated
	{netip.MustParsePrefix("64:ff9b:1::/48"), classNever},  // NAT64 of a local operator's choice
	{netip.MustParsePrefix("100::/64"), classNever},
	{netip.MustParsePrefix("2001::/32"), classNever}, // Teredo
	{netip.MustParsePrefix("2001:db8::/32"), classNever},
	{netip.MustParsePrefix("fec0::/10"), classNever},
}

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

// classOf looks through the IPv6 forms that carry an IPv4 address: a gateway
// would connect to that one.
func classOf(ip netip.Addr) class {
	ip = carried(ip.WithZone("").Unmap())
	switch {
	case !ip.IsValid(), ip.IsUnspecified(), ip.IsMulticast(),
		ip.IsLinkLocalUnicast(), ip.IsInterfaceLocalMulticast():
		return classNever
	case ip.IsLoopback(), ip.IsPrivate():
		return classPrivate
	}
	for _, s := range special {
		if s.prefix.Contains(ip) {
			return s.class
		}
	}
	return classPublic
}

// carried is the IPv4 address inside a NAT64 or 6to4 address, or ip itself.
func carried(ip netip.Addr) netip.Addr {
	if !ip.Is6() {
		return ip
	}
	b := ip.As16()
	switch {
	case nat64.Contains(ip):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case sixTo4.Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}

// allows says whether a connection to ip may be opened.
func (r reach) allows(ip netip.Addr) bool {
	switch classOf(ip) {
	case classPublic:
		return r != reachPrivateOnly
	case classPrivate:
		return r != reachPublic
	}
	return false
}

// blockedError is a connection that the guard did not open.
type blockedError struct{}

func (blockedError) Error() string { return "the address is not one that this provider may be at" }

// control is a net.Dialer.Control: it sees the address that is really being
// connected to, after all name resolution, so that a name which changes its
// answer gains nothing.
func (r reach) control(network, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("dial guard: %w", err)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !r.allows(ip) {
		return blockedError{}
	}
	return nil
}
