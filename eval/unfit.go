package eval

import "fmt"

// UnfitError tells that what was asked for can't be: these samples, by this metric. Nothing was computed.
type UnfitError struct{ text string }

func (e *UnfitError) Error() string { return e.text }

// Unfit is an [UnfitError] for those who make a [Set].
func Unfit(format string, args ...any) error { return unfit(format, args...) }

func unfit(format string, args ...any) error { return &UnfitError{fmt.Sprintf(format, args...)} }

// CountError tells that a metric can't be taken of so many samples.
type CountError struct {
	Metric    string
	Count     int
	Reference bool // there are so many in the reference
	Most      int  // that there may be; 0 where they are too few
	// Takes is what it takes, where they are too few, and Setting the name of the option that decides that.
	Takes, Setting string
}

func (e *CountError) Error() string {
	if e.Most > 0 {
		return fmt.Sprintf("%s of %d images would take too long; give %d or fewer, or use sw2", e.Metric, e.Count,
			e.Most)
	}
	return fmt.Sprintf("%s of %d samples: it takes %s; take more", e.Metric, e.Count, e.Takes)
}
