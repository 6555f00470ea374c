package k8s

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// TestDockerfile reads the Dockerfile as BuildKit does.
func TestDockerfile(t *testing.T) {
	f, err := os.Open("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tree, err := parser.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range tree.Warnings {
		t.Errorf("line %v: %s", w.Location, w.Short)
	}
	stages, _, err := instructions.Parse(tree.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, stage := range stages {
		named[stage.Name] = true
		for _, command := range stage.Commands {
			switch c := command.(type) {
			case *instructions.CopyCommand:
				if c.From != "" && !named[c.From] {
					t.Errorf("stage %s copies from %s, which is no stage before it", stage.Name, c.From)
				}
			case *instructions.RunCommand:
				for _, target := range regexp.MustCompile(`make ([a-z-]+)`).FindAllStringSubmatch(strings.Join(
					c.CmdLine, " "), -1) {
					if !strings.Contains(string(makefile), "\n"+target[1]+":") {
						t.Errorf("stage %s makes %s, which the Makefile doesn't", stage.Name, target[1])
					}
				}
			}
		}
	}
	for _, file := range jobs {
		j, c := job(t, file)
		name, target, _ := strings.Cut(c.Image, ":")
		i := slices.IndexFunc(stages, func(s instructions.Stage) bool { return s.Name == target })
		if name != "amgen" || i < 0 {
			t.Errorf("%s takes image %s, of no stage of the Dockerfile", file, c.Image)
		}
		for _, stage := range stages { // both images, whichever the jobs take
			if stage.Name == "cpu" || stage.Name == "gpu" {
				checkStage(t, stage, *j.Spec.Template.Spec.SecurityContext.RunAsUser)
			}
		}
	}
}

// checkStage holds that an image runs amgen as the user of the manifests, with its cache where they mount a volume, and
// that a crash isn't taken for wrong usage.
func checkStage(t *testing.T, stage instructions.Stage, user int64) {
	t.Helper()
	var is, cache, traceback string
	var entry, volumes []string
	for _, command := range stage.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			is = c.User
		case *instructions.EntrypointCommand:
			entry = c.CmdLine
		case *instructions.VolumeCommand:
			volumes = c.Volumes
		case *instructions.EnvCommand:
			for _, v := range c.Env {
				switch v.Key {
				case "AMGEN_CACHE":
					cache = v.Value
				case "NVIDIA_VISIBLE_DEVICES":
					t.Errorf("stage %s sees %s GPUs where none was asked for", stage.Name, v.Value)
				case "GOTRACEBACK":
					traceback = v.Value
				}
			}
		}
	}
	if want := fmt.Sprintf("%d:%d", user, user); is != want {
		t.Errorf("stage %s runs as %q, want %q", stage.Name, is, want)
	}
	if traceback != "crash" {
		t.Errorf("stage %s crashes with GOTRACEBACK %q, exit code 2; want crash, 134", stage.Name, traceback)
	}
	if len(entry) != 1 || !strings.HasSuffix(entry[0], "/amgen") {
		t.Errorf("stage %s starts %v", stage.Name, entry)
	}
	if len(volumes) != 1 || volumes[0] != "/data" || !strings.HasPrefix(cache, "/data/") {
		t.Errorf("stage %s has volumes %v and its cache in %q", stage.Name, volumes, cache)
	}
}
