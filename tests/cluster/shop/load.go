package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// makeLoad sends the configured number of requests per second, one after the other, to the target or to this very
// process, and ends after the configured time.
func makeLoad(ctx context.Context, s settings) {
	if s.loadRPS == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, seconds(s.loadForS))
	defer cancel()
	target := s.target
	if target == "" {
		target = "http://127.0.0.1" + s.address
	}
	client := &http.Client{Timeout: 10 * time.Second}
	ticker := time.NewTicker(seconds(1 / s.loadRPS))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			go post(ctx, client, target+s.route)
		}
	}
}

func post(ctx context.Context, client *http.Client, url string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		logLine("error", "msg", err.Error())
		return
	}
	response, err := client.Do(request)
	if err != nil {
		return // not listening yet, or stopping: the next request tells
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}
