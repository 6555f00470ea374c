package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Programs outside this module import the library packages, and nothing below an internal folder. So no exported
// signature, field or method of theirs may have a type of an internal package: they export a name of their own for it,
// as imaging.Progress is one.
func TestExportedSignaturesHaveNoInternalTypes(t *testing.T) {
	packages := map[string]bool{}
	for _, f := range libraryFiles(t) {
		packages[filepath.Dir(f.path)] = true
		for _, leak := range internalTypes(f.syntax) {
			t.Errorf("%s: %s; export a name for it", f.fileSet.Position(leak.at), leak.what)
		}
	}
	if len(packages) < 10 {
		t.Fatalf("looked at %d packages, want all", len(packages))
	}
}

func TestInternalTypesAreSeen(t *testing.T) {
	const imports = `package p
import "github.com/amgen/amgen/internal/fetch"
import other "github.com/amgen/amgen/backends/simd/internal/pool"
`
	for source, leaks := range map[string]int{
		"func F(p fetch.Progress) {}":                                    1,
		"func F() (map[string][]*other.Pool, error) { return nil, nil }": 1,
		"type T struct { F func(fetch.Progress); g fetch.File }":         1,
		"type T struct { fetch.File }":                                   1,
		"type T interface { M(fetch.File) *other.Pool }":                 2,
		"type T []fetch.File":                                            1,
		"type S int\nfunc (s *S) M() fetch.File { return fetch.File{} }": 1,
		"var V fetch.File":                                               1,
		"func F[T fetch.Kind](x T) {}":                                   1,

		"type T = fetch.Progress\nfunc F(t T) {}":                                              0,
		"func f(p fetch.Progress) {}":                                                          0,
		"type t struct { F fetch.File }\nfunc (x t) M() fetch.File { return x.F }":             0,
		"func F() int { var p fetch.Progress; return p.Done }\ntype T struct { p fetch.File }": 0,
		"var E = fetch.ErrOffline":                                                             0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", imports+source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := internalTypes(file); len(got) != leaks {
			t.Errorf("%s\nhas %d internal types: %v, want %d", source, len(got), got, leaks)
		}
	}
}

// A library knows neither the flags of a command that uses it, nor shall its messages need a reader of Go: an error
// names a path or an objective, and not its type.
func TestLibraryMessagesArePlain(t *testing.T) {
	flag := regexp.MustCompile(`(^|[^-\w])--[a-z]`)
	// flags of other programs
	others := strings.NewReplacer("docker run --gpus all", "", "--xla_gpu_cuda_data_dir=", "")
	looked := 0
	for _, f := range libraryFiles(t) {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING {
				return true
			}
			looked++
			value, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			at := f.fileSet.Position(text.Pos())
			if flag.MatchString(others.Replace(value)) {
				t.Errorf("%s: %q names a flag; let internal/cli do so", at, value)
			}
			if strings.Contains(value, "%T") && strings.HasPrefix(f.path, "flows/") {
				t.Errorf("%s: %q prints a Go type; print a name", at, value)
			}
			return true
		})
	}
	if looked < 1000 {
		t.Fatalf("looked at %d strings, want all", looked)
	}
}

// libraryFile is a file of a package that others may import, without its tests.
type libraryFile struct {
	path    string // below the module, with slashes
	fileSet *token.FileSet
	syntax  *ast.File
}

func libraryFiles(t *testing.T) []libraryFile {
	t.Helper()
	var files []libraryFile
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "internal" || d.Name() == "testdata" || len(d.Name()) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, filepath.Join("..", path), nil, parser.SkipObjectResolution)
		if err == nil && syntax.Name.Name != "main" {
			files = append(files, libraryFile{path, set, syntax})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// leak is a type of an internal package in something exported.
type leak struct {
	at   token.Pos
	what string
}

// internalTypes lists the leaks of a file. An alias is none: it is the name that is exported for the type.
func internalTypes(file *ast.File) []leak {
	names := map[string]string{} // by which the file knows internal packages
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		if !strings.HasPrefix(path, module+"/") || !slices.Contains(strings.Split(path, "/"), "internal") {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	var leaks []leak
	look := func(what string, expr ast.Node) {
		if expr == nil {
			return
		}
		ast.Inspect(expr, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && names[x.Name] != "" {
					leaks = append(leaks, leak{n.Pos(), what + " has " + names[x.Name] + "." + n.Sel.Name})
				}
			case *ast.StructType:
				n.Fields.List = slices.DeleteFunc(slices.Clone(n.Fields.List), unexported)
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && (decl.Recv == nil || exportedReceiver(decl.Recv)) {
				look(decl.Name.Name, decl.Type)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() && !spec.Assign.IsValid() {
						look(spec.Name.Name, spec.Type)
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) && spec.Type != nil {
						look(spec.Names[0].Name, spec.Type)
					}
				}
			}
		}
	}
	return leaks
}

// unexported tells whether no name of a field is exported. An embedded type shows its own fields and methods.
func unexported(field *ast.Field) bool {
	return len(field.Names) > 0 && !slices.ContainsFunc(field.Names, (*ast.Ident).IsExported)
}

func exportedReceiver(receiver *ast.FieldList) bool {
	exported := false
	ast.Inspect(receiver.List[0].Type, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok && !exported {
			exported = name.IsExported()
			return false
		}
		return true
	})
	return exported
}
