package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSampleRefusesTerminal gives `amgen sample` a terminal for stdout: it must not write a PNG there.
func TestSampleRefusesTerminal(t *testing.T) {
	terminal := openTerminal(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(self, "sample")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), asCommand+"=1")
	cmd.Stdout, cmd.Stderr = terminal, &stderr
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != exitUsage ||
		!strings.Contains(stderr.String(), "stdout is a terminal") {
		t.Errorf("exit code %d, stderr %q; want %d and a word about the terminal", got, &stderr, exitUsage)
	}
}

// openTerminal returns the terminal side of a new pseudo-terminal.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("this system gives no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal
}
