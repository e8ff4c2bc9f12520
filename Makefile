# demo: train LeNet and see it work.   test: every test.   All targets install what they need first.

PACKAGES = libopenblas-dev liblapacke-dev libomp-dev zlib1g-dev libpng-dev libcurl4-openssl-dev gnuplot-nox
SOURCES = Package.swift Sources Tests bench/Package.swift bench/Sources

.PHONY: demo test docs fuzz sanitize bench bench-peers spills neon format lint setup

demo: setup
	swift build -c release --product homework
	.build/release/homework ece285 lenet $(ARGS)

# The kernels once for each instruction set: NEURAL_ISA chooses a lesser one than the processor has.
test: setup
	swift test
	for isa in avx2 baseline; do NEURAL_ISA=$$isa swift test --skip-build --filter CCoreTests || exit 1; done

# The documentation in .build/docs, warnings are errors. To read it: python3 -m http.server -d .build/docs, /documentation.
# By the toolchain's docc itself: swift-docc-plugin would be resolved by everyone who depends on this package.
MODULES = Neural NeuralModels NeuralData NeuralPlots NeuralONNX NeuralDownload
HEADERS = CCore/include Sources/CZlib Sources/CPNG Sources/CCurl .build/checkouts/swift-numerics/Sources/_NumericsShims/include
docs: setup
	rm -rf .build/archives .build/docs
	set -e; products=$$(swift build --show-bin-path); triple=$$(basename $$(dirname $$products)); \
	for module in $(MODULES); do archive=.build/archives/$$module; mkdir -p $$archive; \
	  swift build --target $$module; \
	  swift symbolgraph-extract -module-name $$module -target $$triple -I $$products/Modules $(HEADERS:%=-I %) \
	    -skip-synthesized-members -emit-extension-block-symbols -output-dir $$archive; \
	  docc convert Sources/$$module/$$module.docc --additional-symbol-graph-dir $$archive --warnings-as-errors \
	    --enable-experimental-external-link-support $$dependency --output-path $$archive.doccarchive; \
	  dependency="--dependency .build/archives/Neural.doccarchive"; done
	docc merge .build/archives/*.doccarchive --synthesized-landing-page-name Neural \
	  --synthesized-landing-page-topics-style list --output-path .build/docs
	@! grep -oE '"anchor":"(Classes|Structures|Protocols|Enumerations|Functions|Operators|Type-Aliases|Initializers|Subscripts|[IT][a-z]*-(Methods|Properties))"' \
	  .build/docs/data/documentation/*.json .build/docs/data/documentation/neural/tensor.json || \
	  { echo "error: a landing page has no topic for some of these" >&2; exit 1; }

# Random shapes of convolutions, pools and matrix products, so many of each for each instruction set.
SHAPES = 10000
fuzz: setup
	swift build --build-tests
	for isa in avx512 avx2 baseline; do \
	  NEURAL_ISA=$$isa FUZZ_SHAPES=$(SHAPES) swift test --skip-build --filter 'CCoreTests.*fuzz' || exit 1; done

# Address and undefined-behaviour sanitizers over every test, the thread sanitizer over those with several tasks.
sanitize: setup
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-address
	NEURAL_SANITIZE=undefined swift test --scratch-path .build-undefined
	NEURAL_SANITIZE=thread swift test --sanitize=thread --scratch-path .build-thread \
	  --filter 'ConcurrencyTests|TrainingTests|FusionTests|TensorValueTests|AutogradTests'

# Needs an otherwise idle machine. ARGS: --filter, --threads, --isa, --rounds, --json; or compare OLD NEW.
bench: setup
	cd bench && swift build -c release && .build/release/bench $(ARGS)

# Ours and PyTorch (and JAX) in turn: bench/results/, and README's tables and pictures. ARGS: --quick, --filter.
bench-peers: PACKAGES += python3-venv g++
bench-peers: setup bench/.venv
	cd bench && swift build -c release && python3 peers/run.py $(ARGS)
	-cd bench && python3 peers/system.py
	cd bench && python3 peers/report.py

bench/.venv:
	python3 -m venv $@
	$@/bin/pip install -q torch==2.13.0+cpu numpy 'jax[cpu]' || $@/bin/pip install -q torch==2.13.0 numpy 'jax[cpu]' || \
	  { rm -rf $@; exit 1; }

# Vector registers that hot loops store to the stack.
spills: PACKAGES += binutils
spills: setup
	swift build -c release --product homework
	python3 Tests/spills.py .build/release/CCore.build/kernels_avx512.c.o .build/release/CCore.build/kernels_avx2.c.o

# Compiles CCore for 64-bit ARM, whose NEON runs the baseline kernels. Needs no ARM machine, and tests nothing.
neon: PACKAGES += libc6-dev-arm64-cross
neon: setup
	for file in CCore/*.c; do \
	  clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include -ICCore/include -O3 -fopenmp -Werror \
	    -c $$file -o /dev/null || exit 1; done

format:
	swift format -i -p -r $(SOURCES)

lint: spills
	swift format lint --strict -p -r $(SOURCES)

# Debian packages that are missing; with sudo where not root; elsewhere the names of the libraries.
setup:
	@command -v dpkg-query >/dev/null || { echo "not Debian: install OpenBLAS, LAPACKE, LLVM OpenMP, zlib, libpng and libcurl" >&2; exit 0; }; \
	missing=$$(for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	[ -z "$$missing" ] || { [ $$(id -u) = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -q && $$sudo apt-get install -qy --no-install-recommends $$missing; }
