package flags

import (
	"errors"
	"strconv"
	"strings"

	"github.com/amgen/amgen/run"
)

const leaveOutKey = "leave_out"

// leaveOut is a flag for a snapshot: its number, or its time or label, which only the data can tell the number of.
type leaveOut struct{ config *run.Config }

// String implements pflag.Value.
func (l *leaveOut) String() string {
	switch {
	case l.config == nil:
		return ""
	case l.config.LeaveOutTime != "":
		return l.config.LeaveOutTime
	}
	return strconv.Itoa(l.config.LeaveOut)
}

// Set implements pflag.Value. A whole number by itself is that of the snapshot.
func (l *leaveOut) Set(text string) error {
	text = strings.TrimSpace(text)
	l.config.LeaveOut, l.config.LeaveOutTime = 0, ""
	n, err := strconv.Atoi(text)
	switch {
	case err == nil:
		l.config.LeaveOut = n
	case text == "":
		return errors.New("give a number, or NAME=TIME")
	default:
		l.config.LeaveOutTime = text
	}
	return nil
}

// Type implements pflag.Value.
func (l *leaveOut) Type() string { return "a number or NAME=TIME" }

// overlayLeaveOut copies the snapshot to leave out. One that is named by the same time as before keeps the number that
// was found for it.
func overlayLeaveOut(to *run.Config, from run.Config) {
	if from.LeaveOutTime == "" || from.LeaveOutTime != to.LeaveOutTime {
		to.LeaveOut = from.LeaveOut
	}
	to.LeaveOutTime = from.LeaveOutTime
}
