// Shop is the service that the test cluster runs under many names. It makes its own load, tells its metrics in the
// Prometheus text format, writes logfmt lines, and fails, slows down, leaks or exits as its environment asks. A
// release that is bad by its environment is a true bad release: true requests fail.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	s, err := readSettings()
	if err != nil {
		logLine("error", "msg", err.Error())
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	logLine("info", "msg", "starting", "service", s.service, "app", s.version)
	server := newService(s)
	listener := &http.Server{Addr: s.address, Handler: server.routes(), ReadHeaderTimeout: 5 * time.Second}
	go makeLoad(ctx, s)
	go leak(ctx, s.leakMBPerS)
	go exitLater(s)
	go func() {
		<-ctx.Done()
		logLine("info", "msg", "stopping on a signal")
		deadline, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = listener.Shutdown(deadline)
	}()
	if err := listener.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		logLine("error", "msg", err.Error())
		os.Exit(1)
	}
}

func exitLater(s settings) {
	if s.exitAfterS == 0 {
		return
	}
	time.Sleep(seconds(s.exitAfterS))
	logLine("error", "msg", s.exitMessage, "app", s.version)
	os.Exit(int(s.exitCode))
}

// leak keeps what it takes, and writes to it so that the memory is truly used.
func leak(ctx context.Context, mbPerSecond float64) {
	if mbPerSecond == 0 {
		return
	}
	var kept [][]byte
	for ctx.Err() == nil {
		block := make([]byte, int(mbPerSecond*(1<<20)/10))
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		kept = append(kept, block)
		if len(kept)%50 == 0 {
			logLine("warn", "msg", "cache grows", "entries", strconv.Itoa(len(kept)))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
