package handlers

import (
	"net/http"
	"net/netip"
	"strings"
)

const maxForwarded = 32 // hops looked at

// clientIP is the peer's address, unless the peer is a listed proxy: then it
// is the rightmost address of X-Forwarded-For that is not itself one. What a
// client wrote there lies further left and is never reached. Anything
// unreadable ends the walk at the last hop that could be read.
func clientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer := hostIP(r.RemoteAddr)
	if !within(peer, trusted) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	client := peer
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxForwarded; i-- {
		hop := hostIP(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			return client
		}
		client = hop
		if !within(hop, trusted) {
			return client
		}
	}
	return client
}

// hostIP reads an address with or without a port.
func hostIP(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	ip, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}

func within(ip netip.Addr, networks []netip.Prefix) bool {
	for _, n := range networks {
		if ip.IsValid() && n.Contains(ip) {
			return true
		}
	}
	return false
}
