// Package k8s holds manifests for Kubernetes, and the test of them and of the Dockerfile: `make test-k8s`.
package k8s

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// decode reads a manifest into a type of k8s.io/api: unknown fields, wrong types and fields given twice fail the test.
func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("\n---")) {
		t.Fatalf("%s: one object a file", file)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func job(t *testing.T, file string) (batchv1.Job, corev1.Container) {
	t.Helper()
	var j batchv1.Job
	decode(t, file, &j)
	if j.APIVersion != "batch/v1" || j.Kind != "Job" || len(j.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("%s: a %s %s with %d containers, want a batch/v1 Job with one", file, j.APIVersion, j.Kind,
			len(j.Spec.Template.Spec.Containers))
	}
	return j, j.Spec.Template.Spec.Containers[0]
}

// gpuBackend is named wherever a GPU is asked for: auto would take simd where none is seen.
const gpuBackend = "--backend=xla:cuda"

var jobs = []string{"train.yaml", "sample.yaml", "merge.yaml"}

// TestStrict knows every manifest that there is.
func TestStrict(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file != "storage.yaml" && !slices.Contains(jobs, file) {
			t.Errorf("%s is not tested", file)
		}
	}
	var claim corev1.PersistentVolumeClaim
	decode(t, "storage.yaml", &claim)
	if claim.APIVersion != "v1" || claim.Kind != "PersistentVolumeClaim" {
		t.Errorf("storage.yaml is a %s %s", claim.APIVersion, claim.Kind)
	}
	for _, file := range jobs {
		j, _ := job(t, file)
		for _, v := range j.Spec.Template.Spec.Volumes {
			if v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName != claim.Name {
				t.Errorf("%s claims %s, storage.yaml makes %s", file, v.PersistentVolumeClaim.ClaimName, claim.Name)
			}
		}
	}
}

// TestVolumes holds that what is mounted is there, and that the snippet of storage.yaml makes it the pods' user's.
func TestVolumes(t *testing.T) {
	for _, file := range jobs {
		j, c := job(t, file)
		pod := j.Spec.Template.Spec
		for _, m := range c.VolumeMounts {
			if !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name }) {
				t.Errorf("%s mounts %s, which is no volume", file, m.Name)
			}
		}
		if p := pod.SecurityContext.FSGroupChangePolicy; p == nil || *p != corev1.FSGroupChangeOnRootMismatch {
			t.Errorf("%s changes the group of every file at every start", file)
		}
		text, err := os.ReadFile("storage.yaml")
		if err != nil {
			t.Fatal(err)
		}
		_, snippet, _ := strings.Cut(string(text), "#   initContainers:")
		snippet, _, _ = strings.Cut("initContainers:"+snippet, "\napiVersion")
		var own corev1.PodSpec
		if err := yaml.UnmarshalStrict([]byte(strings.ReplaceAll(snippet, "\n#   ", "\n")), &own); err != nil ||
			len(own.InitContainers) != 1 {
			t.Fatalf("storage.yaml: the snippet has %d containers, %v", len(own.InitContainers), err)
		}
		if user := fmt.Sprintf("%d:%d", *pod.SecurityContext.RunAsUser,
			*pod.SecurityContext.RunAsGroup); !slices.Equal(own.InitContainers[0].Command,
			[]string{"chown", user, "/data"}) {
			t.Errorf("%s runs as %s, storage.yaml says %v", file, user, own.InitContainers[0].Command)
		}
	}
}

// TestUnknownField holds that the decoding is strict.
func TestUnknownField(t *testing.T) {
	var j batchv1.Job
	if err := yaml.UnmarshalStrict([]byte("spec:\n  backofLimit: 1\n"), &j); err == nil {
		t.Error("a misspelt field is taken")
	}
}

// TestSecured holds that no pod runs as root, writes to its image, or has rights or secrets that it doesn't need.
func TestSecured(t *testing.T) {
	for _, file := range jobs {
		j, c := job(t, file)
		pod := j.Spec.Template.Spec
		s := c.SecurityContext
		switch {
		case pod.SecurityContext == nil || pod.SecurityContext.RunAsNonRoot == nil ||
			!*pod.SecurityContext.RunAsNonRoot || pod.SecurityContext.RunAsUser == nil ||
			*pod.SecurityContext.RunAsUser == 0:
			t.Errorf("%s may run as root", file)
		case s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
			s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation:
			t.Errorf("%s may write to its image or gain rights", file)
		case s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, "ALL"):
			t.Errorf("%s keeps capabilities", file)
		case pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken:
			t.Errorf("%s gets a token", file)
		case c.Resources.Limits.Memory().IsZero():
			t.Errorf("%s has no limit of memory", file)
		}
	}
}

// TestImage holds that one image serves all jobs: docs/guide/clusters.md builds no other.
func TestImage(t *testing.T) {
	for _, file := range jobs {
		if _, c := job(t, file); c.Image != "amgen:gpu" {
			t.Errorf("%s takes %s", file, c.Image)
		}
	}
}

// TestGPUs holds that what asks for a GPU computes on one or fails, comes onto nodes that are kept for such, and ends
// one day.
func TestGPUs(t *testing.T) {
	taint := corev1.Taint{Key: "nvidia.com/gpu", Value: "present", Effect: corev1.TaintEffectNoSchedule}
	for _, file := range jobs {
		j, c := job(t, file)
		tolerates := slices.ContainsFunc(j.Spec.Template.Spec.Tolerations,
			func(to corev1.Toleration) bool { return to.ToleratesTaint(&taint) })
		gpus, want := c.Resources.Limits["nvidia.com/gpu"], file != "merge.yaml"
		if want != (gpus.Value() == 1) || want != slices.Contains(c.Args, gpuBackend) {
			t.Errorf("%s asks for %v GPUs and runs %v", file, gpus.Value(), c.Args)
		}
		if want && (!tolerates || j.Spec.ActiveDeadlineSeconds == nil) {
			t.Errorf("%s tolerates %v, with the deadline %v", file, j.Spec.Template.Spec.Tolerations,
				j.Spec.ActiveDeadlineSeconds)
		}
	}
}

// TestPolicies holds what the API server checks of a failure policy, and that amgen's exit codes have their meaning: 2
// is for ever, of one shard where there are several, 130 and 143 are no failures. A crash has another code than 2 only
// where amgen is not process 1: so pods share theirs.
func TestPolicies(t *testing.T) {
	for _, file := range jobs {
		j, c := job(t, file)
		if p := j.Spec.Template.Spec.RestartPolicy; p != corev1.RestartPolicyNever {
			t.Errorf("%s: restartPolicy %s doesn't go with a podFailurePolicy", file, p)
		}
		action := func(code int32) batchv1.PodFailurePolicyAction {
			for _, rule := range j.Spec.PodFailurePolicy.Rules {
				if on := rule.OnExitCodes; on != nil && *on.ContainerName == c.Name &&
					on.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn && slices.Contains(on.Values, code) {
					return rule.Action
				}
			}
			return batchv1.PodFailurePolicyActionCount
		}
		want := map[int32]batchv1.PodFailurePolicyAction{1: batchv1.PodFailurePolicyActionCount,
			2: batchv1.PodFailurePolicyActionFailJob}
		if j.Spec.CompletionMode != nil && *j.Spec.CompletionMode == batchv1.IndexedCompletion {
			want[2] = batchv1.PodFailurePolicyActionFailIndex
			if j.Spec.BackoffLimitPerIndex == nil {
				t.Errorf("%s: FailIndex wants a backoffLimitPerIndex", file)
			}
		}
		if share := j.Spec.Template.Spec.ShareProcessNamespace; share == nil || !*share {
			t.Errorf("%s: amgen is process 1, and a crash is taken for wrong usage", file)
		}
		want[134] = batchv1.PodFailurePolicyActionCount
		if file != "merge.yaml" {
			want[130], want[143] = batchv1.PodFailurePolicyActionIgnore, batchv1.PodFailurePolicyActionIgnore
		}
		for code, want := range want {
			if got := action(code); got != want {
				t.Errorf("%s: exit code %d means %s, want %s", file, code, got, want)
			}
		}
	}
}

// TestRun gives amgen the args of the manifests, in their order and for every index, but for smaller numbers behind
// them. The merged samples are those of one process.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	amgen := filepath.Join(dir, "amgen")
	build := exec.Command("go", "build", "-o", amgen, "./cmd/amgen")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %s", out)
	}
	run := func(index int, args []string, smaller ...string) {
		t.Helper()
		// then simd
		args = slices.DeleteFunc(slices.Concat(args, smaller), func(a string) bool { return a == gpuBackend })
		for i, a := range args {
			a = strings.ReplaceAll(a, "$(JOB_COMPLETION_INDEX)", fmt.Sprint(index))
			args[i] = strings.ReplaceAll(a, "/data", dir)
		}
		if out, err := exec.Command(amgen, args...).CombinedOutput(); err != nil {
			t.Fatalf("amgen %v: %v\n%s", args, err, out)
		}
	}
	_, train := job(t, "train.yaml")
	for _, steps := range []string{"2", "4"} { // begun and gone on with by one command
		run(0, train.Args, "--dataset=moons", "--preset=mlp", "--steps="+steps, "--batch=8")
	}
	j, sample := job(t, "sample.yaml")
	for _, a := range train.Args {
		if steps, ok := strings.CutPrefix(a, "--steps="); ok && !slices.Contains(sample.Args, "--checkpoint="+steps) {
			t.Errorf("sample.yaml runs %v, want --checkpoint=%s, the last of train.yaml", sample.Args, steps)
		}
	}
	smaller := []string{"--checkpoint=4", "-n=20", "--batch=2", "--steps=2"}
	if *j.Spec.CompletionMode != batchv1.IndexedCompletion ||
		!slices.Contains(sample.Args, fmt.Sprintf("--shard=$(JOB_COMPLETION_INDEX)/%d", *j.Spec.Completions)) {
		t.Fatalf("sample.yaml completes %v times and runs %v; want as many shards", *j.Spec.Completions, sample.Args)
	}
	for index := range int(*j.Spec.Completions) {
		run(index, sample.Args, smaller...)
	}
	_, merge := job(t, "merge.yaml")
	run(0, merge.Args)
	run(0, []string{"sample", "--run=/data/runs/cifar10", "--solver=heun", "-o=/data/whole.npz"}, smaller...)
	merged, err := os.ReadFile(filepath.Join(dir, "samples.npz"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, "whole.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(merged, whole) {
		t.Error("the samples of the indexed job are not those of one process")
	}
}
