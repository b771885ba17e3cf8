// Command bench measures Gatebook and prints each figure beside a floor taken
// in the same run: on a shared machine only ratios can be compared from one
// run to the next. Run it with "task bench".
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

// sizes are how long and how much is measured.
type sizes struct {
	round  time.Duration // of one measurement
	rounds int           // interleaved, order reversed each time
	events []int         // log sizes for the audit page
	reads  int           // queries a filter
}

func main() {
	quick := flag.Bool("quick", false, "measure little, to see that everything runs")
	binary := flag.String("binary", "", "a built gatebook, for start-up time, memory and size")
	flag.Parse()
	s := sizes{round: 2 * time.Second, rounds: 4, events: []int{10_000, 100_000}, reads: 300}
	if *quick {
		s = sizes{round: 200 * time.Millisecond, rounds: 2, events: []int{2_000}, reads: 20}
	}
	if err := run(context.Background(), s, *binary); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s sizes, binary string) error {
	dir, err := os.MkdirTemp("", "gatebook-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, part := range []func(context.Context, string, sizes) error{benchSession, benchSignIn, benchAudit} {
		if err := part(ctx, dir, s); err != nil {
			return err
		}
	}
	if binary == "" {
		fmt.Println("\n(no -binary: start-up, memory and size are not measured)")
		return nil
	}
	return benchProcess(ctx, dir, binary, s)
}

// heading begins a part of the report.
func heading(text string) { fmt.Printf("\n## %s\n\n", text) }

// quantile is the value below which a share of the durations lies.
func quantile(d []time.Duration, share float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
