//go:build unix

package fetch

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLockThatIsNoFile: a FIFO in the lock's place is named, not waited for.
func TestLockThatIsNoFile(t *testing.T) {
	set := &Set{Owner: "test", Kind: "data set", Name: "toy", Folder: "data/toy",
		Files: []File{{Name: "a", Size: 1, SHA256: "00"}}}
	opts := Options{Cache: t.TempDir(), Offline: true}
	if err := os.MkdirAll(set.Dir(opts), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{lockName, "a"} {
		if err := syscall.Mkfifo(filepath.Join(set.Dir(opts), name), 0o600); err != nil {
			t.Skip(err)
		}
	}
	done := make(chan error, 2)
	go func() { _, err := set.Ensure(context.Background(), opts); done <- err }()
	go func() { _, err := ReadRegular(filepath.Join(set.Dir(opts), "a"), 10); done <- err }()
	for range cap(done) {
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "no regular file") {
				t.Errorf("error %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("still waiting for a writer")
		}
	}
}
