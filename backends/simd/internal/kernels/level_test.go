package kernels

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestLevelObeysGODEBUG runs this test binary again with instruction sets switched off in its environment: the kernels
// must not use them, which is what the runs of `make test-levels` rest on.
func TestLevelObeysGODEBUG(t *testing.T) {
	const asked = "AMGEN_PRINT_LEVEL"
	if os.Getenv(asked) != "" {
		os.Stdout.WriteString("level=" + Active().String() + "\n")
		return
	}
	settings := map[string]Level{
		"cpu.avx512f=off": AVX2, "cpu.avx512bw=off": AVX2, "cpu.avx2=off": Generic, "cpu.fma=off": Generic,
		"cpu.all=off": Generic,
	}
	if runtime.GOARCH == "arm64" {
		settings = map[string]Level{"cpu.asimd=off": Generic, "cpu.aes=off": NEON}
	}
	for setting, highest := range settings {
		run := exec.Command(os.Args[0], "-test.run=^TestLevelObeysGODEBUG$")
		run.Env = append(os.Environ(), asked+"=1", "GODEBUG="+strings.Trim(os.Getenv("GODEBUG")+","+setting, ","))
		out, err := run.CombinedOutput()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("an emulator runs this test, and the system can't run the binary")
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", setting, err, out)
		}
		_, level, _ := strings.Cut(string(out), "level=")
		level, _, _ = strings.Cut(level, "\n")
		if want := min(highest, Best()); level != want.String() {
			t.Errorf("GODEBUG=%s: the kernels run at level %q, want %v", setting, level, want)
		}
	}
}
