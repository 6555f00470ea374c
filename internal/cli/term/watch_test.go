package term

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatch: a line a minute from a quarter of a minute on, of the rate of what was computed and the time that it
// leaves.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := &Watch{what: "sample", std: Streams{Err: &out}, began: time.Now()}
		after := func(d time.Duration, computed, done int, want string) {
			t.Helper()
			time.Sleep(d)
			out.Reset()
			w.See(&Bar{}, computed, done, 1000)
			if out.String() != want {
				t.Errorf("after %s: %q, want %q", d, &out, want)
			}
		}
		after(10*time.Second, 10, 510, "")                                            // too early to tell
		after(10*time.Second, 0, 500, "")                                             // nothing computed, no rate
		after(0, 20, 520, "sample: 520 of 1000, 1/s, 8 minutes left\n")               // 480 of 1/s
		after(59*time.Second, 30, 530, "")                                            // the minute isn't over
		after(20*time.Second, 198, 698, "sample: 698 of 1000, 2/s, 3 minutes left\n") // 302 of 2/s, 151 s
		after(time.Minute, 480, 990, "")                                              // it is about to end
		after(2*time.Minute, 500, 1000, "")                                           // what is done has its own line
	})
}
