package accounts

import (
	"net/netip"
	"testing"
	"time"

	"gatebook/db/event"
)

// TestA10_Bound: a flood from ever new networks neither fills the memory nor
// the log, and is counted to the last one; a quiet minute forgets them.
func TestA10_Bound(t *testing.T) {
	f, now := newFolds(), time.Unix(1_800_000_000, 0)
	const networks = 3 * maxFolds
	admitted := 0
	for n := range networks {
		ip := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
		if f.admit(foldKey{Network(ip), "github", event.ReasonStateMismatch}, now) {
			admitted++
		}
	}
	if len(f.byKey) > maxFolds+1 || admitted != maxFolds+straysPerMinute {
		t.Errorf("%d keys, %d rows", len(f.byKey), admitted)
	}
	held := f.take(now)
	var sum int64
	for key, n := range held {
		sum += n
		if key.network.IsValid() {
			t.Errorf("counted for %s alone", key.network)
		}
	}
	if sum != int64(networks-admitted) || len(held) != 1 {
		t.Errorf("%d counted under %d keys", sum, len(held))
	}
	now = now.Add(time.Minute)
	if again := f.take(now); len(again) != 0 || len(f.byKey) != 0 {
		t.Errorf("%d counts and %d keys are left", len(again), len(f.byKey))
	}
	f.giveBack(held) // its write failed after all that
	if again := f.take(now); len(again) != 1 {
		t.Error("counts given back are lost")
	}
}
