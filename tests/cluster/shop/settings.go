package main

import (
	"fmt"
	"os"
	"strconv"
)

// settings is everything the environment can ask of the service. The zero value is a healthy service without load.
type settings struct {
	address      string
	service      string
	version      string
	route        string  // the one business route, always a POST
	target       string  // where the load goes; the service itself if empty
	loadRPS      float64 // requests per second this process makes
	loadForS     float64 // and for how long, so that a forgotten cluster falls silent
	failRatio    float64 // share of requests that end with 500
	slowMS       float64 // added to every request
	leakMBPerS   float64 // memory taken and kept
	exitAfterS   float64 // the process then exits with exitCode
	exitCode     float64
	exitMessage  string
	readyAfterS  float64
	bankTimeouts float64 // share of requests that log the old, harmless noise
}

func readSettings() (settings, error) {
	s := settings{
		address: text("ADDRESS", ":8080"),
		service: text("SERVICE", "shop"),
		version: text("APP_VERSION", "dev"),
		route:   text("ROUTE", "/v1/charge"),
		target:  text("TARGET", ""),
	}
	s.exitMessage = text("EXIT_MESSAGE", "exiting as asked")
	numbers := []struct {
		into     *float64
		name     string
		fallback float64
	}{
		{&s.loadRPS, "LOAD_RPS", 0},
		{&s.loadForS, "LOAD_FOR_S", 4 * 3600},
		{&s.failRatio, "FAIL_RATIO", 0},
		{&s.slowMS, "SLOW_MS", 0},
		{&s.leakMBPerS, "LEAK_MB_PER_S", 0},
		{&s.exitAfterS, "EXIT_AFTER_S", 0},
		{&s.exitCode, "EXIT_CODE", 1},
		{&s.readyAfterS, "READY_AFTER_S", 0},
		{&s.bankTimeouts, "BANK_TIMEOUT_RATIO", 0.002},
	}
	for _, number := range numbers {
		value, err := strconv.ParseFloat(text(number.name, "0"), 64)
		if err != nil || value < 0 {
			return s, fmt.Errorf("%s: want a number of 0 or more, got %q", number.name, os.Getenv(number.name))
		}
		if os.Getenv(number.name) == "" {
			value = number.fallback
		}
		*number.into = value
	}
	return s, nil
}

func text(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
