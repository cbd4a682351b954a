package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// buckets are the upper bounds of the latency histogram, in seconds.
var buckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// metrics counts the requests of the one business route and writes them as Prometheus reads them.
type metrics struct {
	mutex    sync.Mutex
	route    string
	version  string
	byStatus map[int]int
	byBucket []int
	count    int
	sum      float64
}

func newMetrics(s settings) *metrics {
	return &metrics{
		route:   s.route,
		version: s.version,
		// Both are told from the start: a counter that appears with its first failure has no increase to see.
		byStatus: map[int]int{http.StatusOK: 0, http.StatusInternalServerError: 0},
		byBucket: make([]int, len(buckets)),
	}
}

func (m *metrics) observe(status int, took time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.byStatus[status]++
	m.count++
	m.sum += took.Seconds()
	for i, bound := range buckets {
		if took.Seconds() <= bound {
			m.byBucket[i]++
		}
	}
}

func (m *metrics) serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(m.text()))
}

func (m *metrics) text() string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var out strings.Builder
	labels := fmt.Sprintf("method=%q,route=%q", http.MethodPost, m.route)

	head(&out, "http_requests_total", "counter", "Requests by their status.")
	for _, status := range []int{http.StatusOK, http.StatusInternalServerError} {
		fmt.Fprintf(&out, "http_requests_total{code=\"%d\",%s} %d\n", status, labels, m.byStatus[status])
	}
	head(&out, "http_request_duration_seconds", "histogram", "Time to answer a request.")
	for i, bound := range buckets {
		le := strconv.FormatFloat(bound, 'g', -1, 64)
		fmt.Fprintf(&out, "http_request_duration_seconds_bucket{%s,le=%q} %d\n", labels, le, m.byBucket[i])
	}
	fmt.Fprintf(&out, "http_request_duration_seconds_bucket{%s,le=\"+Inf\"} %d\n", labels, m.count)
	fmt.Fprintf(&out, "http_request_duration_seconds_sum{%s} %g\n", labels, m.sum)
	fmt.Fprintf(&out, "http_request_duration_seconds_count{%s} %d\n", labels, m.count)

	head(&out, "app_info", "gauge", "The running version.")
	fmt.Fprintf(&out, "app_info{version=%q} 1\n", m.version)
	head(&out, "process_cpu_seconds_total", "counter", "CPU time of the process.")
	fmt.Fprintf(&out, "process_cpu_seconds_total %g\n", cpuSeconds())
	head(&out, "process_resident_memory_bytes", "gauge", "Resident memory of the process.")
	fmt.Fprintf(&out, "process_resident_memory_bytes %d\n", residentBytes())
	return out.String()
}

func head(out *strings.Builder, name, kind, help string) {
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func residentBytes() int {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize()
}
