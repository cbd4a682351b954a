package main

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// service answers the requests and counts them.
type service struct {
	settings settings
	started  time.Time
	metrics  *metrics
}

func newService(s settings) *service {
	return &service{settings: s, started: time.Now(), metrics: newMetrics(s)}
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /ready", s.ready)
	mux.HandleFunc("GET /metrics", s.metrics.serve)
	mux.HandleFunc("POST "+s.settings.route, s.business)
	return mux
}

func (s *service) ready(w http.ResponseWriter, _ *http.Request) {
	if left := seconds(s.settings.readyAfterS) - time.Since(s.started); left > 0 {
		reply(w, http.StatusServiceUnavailable, "warming up for another "+left.Round(time.Second).String())
		return
	}
	reply(w, http.StatusOK, "ready")
}

func (s *service) business(w http.ResponseWriter, _ *http.Request) {
	began := time.Now()
	// A few milliseconds of work, with the long tail that real services have.
	time.Sleep(seconds((2 + rand.ExpFloat64()*6 + s.settings.slowMS) / 1000))
	status := http.StatusOK
	if rand.Float64() < s.settings.failRatio {
		status = http.StatusInternalServerError
		s.logFailure()
	} else if rand.Float64() < s.settings.bankTimeouts {
		logLine("warn", "route", s.routeName(), "msg", "bank timeout, retry 1 of 3", "app", s.settings.version)
	}
	reply(w, status, http.StatusText(status))
	s.metrics.observe(status, time.Since(began))
}

func (s *service) routeName() string { return "POST " + s.settings.route }

func (s *service) logFailure() {
	trace := strconv.FormatUint(uint64(rand.Uint32()&0xffff|0x1000), 16)
	logBlock(stack, "error", "route", s.routeName(), "status", "500", "msg", "TypeError: amount is undefined",
		"app", s.settings.version, "trace", trace)
}

var stack = strings.Join([]string{
	"    at chargeAmount (/app/src/charge/amount.js:41:23)",
	"    at charge (/app/src/charge/index.js:88:18)",
	"    at Layer.handle (/app/node_modules/router/lib/layer.js:152:17)",
	"    at next (/app/node_modules/router/lib/route.js:157:13)",
	"    at validate (/app/src/charge/validate.js:19:5)",
	"    at Layer.handle (/app/node_modules/router/lib/layer.js:152:17)",
	"    at next (/app/node_modules/router/lib/route.js:157:13)",
	"    at Route.dispatch (/app/node_modules/router/lib/route.js:117:3)",
	"    at handle (/app/node_modules/router/index.js:435:11)",
	"    at Layer.handle (/app/node_modules/router/lib/layer.js:152:17)",
	"    at /app/node_modules/router/index.js:295:15",
	"    at processParams (/app/node_modules/router/index.js:582:12)",
	"    at next (/app/node_modules/router/index.js:291:5)",
	"    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
}, "\n")

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body + "\n"))
}
