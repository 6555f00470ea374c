// Package duration writes times as people read them.
package duration

import (
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
)

// Left is a time that is left as a line ends with it: ", 3.1 s left", "" where it rounds to nothing.
func Left(s float64) string {
	if text := Text(s); text != "0 ms" {
		return ", " + text + " left"
	}
	return ""
}

// Text rounds a number of seconds for a person: "245 ms", "3.1 s", "12 minutes".
func Text(s float64) string {
	const minute, hour, day, year = 60, 3600, 86400, 365.25 * 86400
	switch {
	case s >= 2*year:
		return fmt.Sprintf("%s years", humanize.Commaf(math.Round(s/year)))
	case s >= 2*day:
		return fmt.Sprintf("%.0f days", s/day)
	case s >= 2*hour:
		return fmt.Sprintf("%.0f hours", s/hour)
	case s >= 2*minute:
		return fmt.Sprintf("%.0f minutes", s/minute)
	case s >= 1:
		return fmt.Sprintf("%.1f s", s)
	}
	return fmt.Sprintf("%.0f ms", 1000*s)
}
