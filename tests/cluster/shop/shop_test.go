package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func call(t *testing.T, s settings, method, path string) (int, *service) {
	t.Helper()
	logOut = io.Discard
	service := newService(s)
	recorder := httptest.NewRecorder()
	service.routes().ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder.Code, service
}

func TestHealthyAndFailingReleasesAreCounted(t *testing.T) {
	for _, want := range []struct {
		failRatio float64
		status    int
		sample    string
	}{
		{0, http.StatusOK, `http_requests_total{code="200",method="POST",route="/v1/charge"} 1`},
		{1, http.StatusInternalServerError, `http_requests_total{code="500",method="POST",route="/v1/charge"} 1`},
	} {
		status, service := call(t, settings{route: "/v1/charge", failRatio: want.failRatio}, "POST", "/v1/charge")
		if status != want.status {
			t.Errorf("fail ratio %g: status %d, want %d", want.failRatio, status, want.status)
		}
		if text := service.metrics.text(); !strings.Contains(text, want.sample+"\n") {
			t.Errorf("no %s in\n%s", want.sample, text)
		}
	}
}

func TestLateReadiness(t *testing.T) {
	if status, _ := call(t, settings{route: "/x", readyAfterS: 60}, "GET", "/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("not yet warm, yet /ready says %d", status)
	}
	if status, _ := call(t, settings{route: "/x"}, "GET", "/ready"); status != http.StatusOK {
		t.Errorf("/ready says %d", status)
	}
}

func TestLogLine(t *testing.T) {
	got := formatLine(time.UnixMilli(0), "error", []string{"status", "500", "msg", "amount is undefined"})
	if want := "ts=1970-01-01T00:00:00.000Z level=error status=500 msg=\"amount is undefined\"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBadSettingIsNamed(t *testing.T) {
	t.Setenv("FAIL_RATIO", "often")
	if _, err := readSettings(); err == nil || !strings.Contains(err.Error(), "FAIL_RATIO") {
		t.Errorf("got %v", err)
	}
}
