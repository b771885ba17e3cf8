package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// benchProcess starts the real binary: time to its first ready answer, memory
// while idle, size. The floor is how long the same binary takes to print its
// version.
func benchProcess(ctx context.Context, dir, binary string, s sizes) error {
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	var floor, fresh, kept []time.Duration
	var memory string
	for i := range max(3, s.rounds*2) {
		began := time.Now()
		if err := exec.CommandContext(ctx, binary, "version").Run(); err != nil {
			return err
		}
		floor = append(floor, time.Since(began))
		file := filepath.Join(dir, fmt.Sprintf("start-%d.db", i))
		for _, took := range []*[]time.Duration{&fresh, &kept} {
			ready, rss, err := startOnce(ctx, binary, file)
			if err != nil {
				return err
			}
			*took, memory = append(*took, ready), rss
		}
	}
	heading("Process")
	fmt.Printf("floor: print the version   %8.1f ms\n", ms(quantile(floor, .5)))
	fmt.Printf("ready, new database        %8.1f ms  ×%.1f (budget: 50 ms)\n", ms(quantile(fresh, .5)), float64(quantile(fresh, .5))/float64(quantile(floor, .5)))
	fmt.Printf("ready, kept database       %8.1f ms  ×%.1f (budget: 25 ms)\n", ms(quantile(kept, .5)), float64(quantile(kept, .5))/float64(quantile(floor, .5)))
	fmt.Printf("idle memory                %8s     (budget: 25 MiB)\n", memory)
	fmt.Printf("binary                     %8.1f MB  (budget: 25 MB)\n", float64(info.Size())/1e6)
	return nil
}

// startOnce starts a demo without a past, waits until it is ready, reads its
// memory and stops it.
func startOnce(ctx context.Context, binary, file string) (ready time.Duration, rss string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, "", err
	}
	addr := l.Addr().String()
	l.Close()
	began := time.Now()
	cmd := exec.CommandContext(ctx, binary, "demo", "--addr", addr, "--db", file, "--events", "0")
	if err := cmd.Start(); err != nil {
		return 0, "", err
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(os.Interrupt)
	for time.Since(began) < 10*time.Second {
		answer, err := askReady(ctx, addr)
		if err == nil && answer {
			took := time.Since(began)
			return took, residentMemory(cmd.Process.Pid), nil
		}
	}
	return 0, "", fmt.Errorf("%s was not ready within 10 seconds", binary)
}

func askReady(ctx context.Context, addr string) (bool, error) {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(ask)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK, nil
}

// residentMemory reads VmRSS where the system tells it.
func residentMemory(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb float64
			fmt.Sscan(value, &kb)
			return fmt.Sprintf("%.1f MiB", kb/1024)
		}
	}
	return "unknown"
}
