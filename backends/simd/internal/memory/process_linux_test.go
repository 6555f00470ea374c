package memory

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestGroupMemory reads the limits of control groups of both versions, nested as systemd, SLURM and Docker make them.
func TestGroupMemory(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("v2/memory.max", "max\n")
	write("v2/user.slice/memory.max", "4000000000\n")
	write("v2/user.slice/memory.current", "1000000000\n")
	write("v2/user.slice/memory.stat", "anon 5\ninactive_file 500000000\n")
	write("v2/user.slice/job/memory.max", "6000000000\n")
	write("v1/memory.limit_in_bytes", "9223372036854771712\n")
	write("v1/slurm/memory.limit_in_bytes", "2000000000\n")
	write("v1/slurm/memory.usage_in_bytes", "1500000000\n")
	write("v1/slurm/memory.stat", "inactive_file 1\ntotal_inactive_file 100000000\n")
	versions := []groupFiles{groupVersions[0], groupVersions[1]}
	versions[0].root, versions[1].root = filepath.Join(root, "v2"), filepath.Join(root, "v1")
	for _, c := range []struct {
		own             string
		installed, left int64
	}{
		{"0::/user.slice/job\n", 4000000000, 3500000000},
		{"0::/user.slice/job/deeper\n", 4000000000, 3500000000},
		{"0::/elsewhere\n", 9223372036854771712, 9223372036854771712},
		{"12:cpu,cpuacct:/x\n4:hugetlb,memory:/slurm/uid_0/job_1\n0::/\n", 2000000000, 600000000},
		{"4:memory:/slurm\n0::/user.slice\n", 2000000000, 600000000},
		{"", 9223372036854771712, 9223372036854771712},
	} {
		if got := leastGroup(versions, []byte(c.own), false); got != c.installed {
			t.Errorf("%q has %d bytes, want %d", c.own, got, c.installed)
		}
		if got := leastGroup(versions, []byte(c.own), true); got != c.left {
			t.Errorf("%q has %d bytes left, want %d", c.own, got, c.left)
		}
	}
}

// TestProcessMemory: a limit of the process bounds what arrays may come to, and without one nothing does.
func TestProcessMemory(t *testing.T) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &was); err != nil {
		t.Fatal(err)
	}
	const limit = 8 << 30
	if was.Cur < limit || was.Max < limit {
		t.Skip("the process has a limit already")
	}
	if got := limitedBy(syscall.RLIMIT_DATA, 5, false); got != unlimited {
		t.Errorf("%d bytes without a limit, want %d", got, int64(unlimited))
	}
	lower := syscall.Rlimit{Cur: limit, Max: was.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &lower); err != nil {
		t.Skip(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_DATA, &was) }()
	whole, left := processMemory(false), processMemory(true)
	if whole > limit || whole < limit/2 || left > whole || left < limit/2 {
		t.Errorf("of %d bytes there are %d, %d left", int64(limit), whole, left)
	}
	if got := Installed(); got > limit {
		t.Errorf("%d bytes, beyond a limit of %d", got, int64(limit))
	}
}
