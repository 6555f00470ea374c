package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/sbinet/npyio"
	"github.com/spf13/cobra"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/term"
)

// asCommand is the environment variable that makes the test binary be amgen.
const asCommand = "AMGEN_TEST_AS_COMMAND"

// execute runs a command line in this process.
func execute(ctx context.Context, args []string, std term.Streams) int {
	return program{std: std}.execute(ctx, args)
}

// newRoot is the command amgen with all below it.
func newRoot(std term.Streams) *cobra.Command { return program{std: std}.root() }

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"amgen": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the command as a user would, each script in an empty directory with an empty cache.
func TestScripts(t *testing.T) {
	embryo, err := filepath.Abs("../../flows/science/testdata/guo.csv")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("AMGEN_CACHE", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("AMGEN_OFFLINE", "1")
			env.Setenv("EMBRYO", embryo)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"images": images,
			"exits":  exits,
			"isgrid": isGrid,
			"isgif":  isGIF,
			"isnpz":  isNPZ,
			"only":   onlyFile,

			"appendline": appendLine,
		},
	})
}

// appendline FILE TEXT adds a line to a file.
func appendLine(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+args[1]+"\n"), 0o600))
}

// images DIR N makes N pictures.
func images(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(makeDiscs(ts.MkAbs(args[0]), n))
}

// makeDiscs writes n grey PNG images of 28×28 pixels: discs of growing size, something to learn.
func makeDiscs(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 28, 28))
		for y := range 28 {
			for x := range 28 {
				if (x-14)*(x-14)+(y-14)*(y-14) < (4+i)*(4+i) {
					img.SetGray(x, y, color.Gray{Y: 255})
				}
			}
		}
		if err := imaging.WritePNG(filepath.Join(dir, fmt.Sprintf("%03d.png", i)), img); err != nil {
			return err
		}
	}
	return nil
}

func writeDiscs(t *testing.T, dir string, n int) {
	t.Helper()
	if err := makeDiscs(dir, n); err != nil {
		t.Fatal(err)
	}
}

// exits CODE ARGS... runs amgen and wants exactly that exit code, and one line of stderr that is the error.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("amgen", args[1:]...)
	got := 0
	if exit, ok := err.(interface{ ExitCode() int }); ok {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("amgen %v: %v", args[1:], err)
	}
	if got != want {
		ts.Fatalf("amgen %v: exit code %d, want %d", args[1:], got, want)
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stderr"), "\n"), "\n")
	for i, line := range lines {
		if isError := strings.HasPrefix(line, "amgen: "); isError != (i == len(lines)-1) {
			ts.Fatalf("amgen %v: want the error on the last line of stderr alone", args[1:])
		}
	}
}

// onlyFile PATTERN NAME wants one file of the pattern, and copies it.
func onlyFile(ts *testscript.TestScript, _ bool, args []string) {
	paths, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(paths) != 1 {
		ts.Fatalf("%s is %v, want one", args[0], paths)
	}
	text, err := os.ReadFile(paths[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o644))
}

// isgrid FILE WIDTH HEIGHT wants a PNG image of that size.
func isGrid(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	img, err := png.Decode(f)
	ts.Check(err)
	got := fmt.Sprintf("%d %d", img.Bounds().Dx(), img.Bounds().Dy())
	if want := args[1] + " " + args[2]; got != want {
		ts.Fatalf("%s is %s pixels, want %s", args[0], got, want)
	}
}

// isgif FILE WIDTH HEIGHT FRAMES wants an animation of that size, whose first and last frames differ.
func isGIF(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	anim, err := gif.DecodeAll(f)
	ts.Check(err)
	first, last := anim.Image[0], anim.Image[len(anim.Image)-1]
	got := fmt.Sprintf("%d %d %d", first.Bounds().Dx(), first.Bounds().Dy(), len(anim.Image))
	if want := strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s has width, height and frames %s, want %s", args[0], got, want)
	}
	if bytes.Equal(first.Pix, last.Pix) {
		ts.Fatalf("%s: nothing moves", args[0])
	}
}

// isnpz FILE NAME SHAPE... wants an archive of exactly these arrays, of finite floats. A FILE.npy has the one array
// samples.
func isNPZ(ts *testscript.TestScript, _ bool, args []string) {
	arrays := map[string]io.Reader{}
	raw, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if strings.HasSuffix(args[0], ".npy") {
		arrays["samples"] = bytes.NewReader(raw)
	} else {
		archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		ts.Check(err)
		for _, entry := range archive.File {
			r, err := entry.Open()
			ts.Check(err)
			arrays[strings.TrimSuffix(entry.Name, ".npy")] = r
		}
	}
	if len(arrays) != len(args[1:])/2 {
		ts.Fatalf("%s has %d arrays, want %d", args[0], len(arrays), len(args[1:])/2)
	}
	for i := 1; i < len(args); i += 2 {
		if arrays[args[i]] == nil {
			ts.Fatalf("%s has no array %s", args[0], args[i])
		}
		r, err := npyio.NewReader(arrays[args[i]])
		ts.Check(err)
		if got := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Header.Descr.Shape), " ", "x"), "[]"); got != args[i+1] {
			ts.Fatalf("array %s of %s is %s, want %s", args[i], args[0], got, args[i+1])
		}
		if r.Header.Descr.Type == "<f4" {
			var values []float32
			ts.Check(r.Read(&values))
			for _, v := range values {
				if v-v != 0 {
					ts.Fatalf("array %s of %s holds %g", args[i], args[0], v)
				}
			}
		}
	}
}
