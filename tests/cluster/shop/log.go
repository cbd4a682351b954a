package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A log line and the stack under it are written at once, so that lines of other requests do not fall between.
var (
	logMutex sync.Mutex
	logOut   io.Writer = os.Stdout
)

// logLine writes one logfmt line: the time, the level, then the pairs.
func logLine(level string, pairs ...string) { write(formatLine(time.Now(), level, pairs)) }

// logBlock writes one logfmt line and further raw lines under it.
func logBlock(raw, level string, pairs ...string) {
	write(formatLine(time.Now(), level, pairs) + raw + "\n")
}

func formatLine(at time.Time, level string, pairs []string) string {
	var line strings.Builder
	line.WriteString("ts=" + at.UTC().Format("2006-01-02T15:04:05.000Z") + " level=" + level)
	for i := 0; i+1 < len(pairs); i += 2 {
		value := pairs[i+1]
		if strings.ContainsAny(value, " =\"") || value == "" {
			value = strconv.Quote(value)
		}
		line.WriteString(" " + pairs[i] + "=" + value)
	}
	line.WriteString("\n")
	return line.String()
}

func write(text string) {
	logMutex.Lock()
	defer logMutex.Unlock()
	_, _ = io.WriteString(logOut, text)
}
