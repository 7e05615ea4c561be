# jixiao：make demo 看示例，make test 跑测试。只需要 make 和 Python 3.11 以上，其余自动装进 .venv。
# Each target does its own set-up; a second run starts at once.

.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-fast answers lint types bench fuzz packs pictures clean

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help:
	@echo "make demo   用自带示例走一遍全部流程，结果在 输出示例/"
	@echo "make test   跑测试（约六分钟）    make test-fast  只跑快的一部分（不到一分半钟）    make test-all  一个不落，CI 也是"
	@echo "make lint   代码风格    make types  类型检查    make bench  测速    make fuzz  造坏文件试各个入口    make answers  重记测试答案    make packs  重做表样、规则一览和示例    make pictures  重做文档插图    make clean  删除 .venv 和缓存"

demo: $(READY)
	@$(BIN)/jixiao demo -o 输出示例

# The quick part: no LibreOffice, no packs built, no batches, a sample of each long table of cases.
test-fast: $(READY)
	@$(BIN)/python -m pytest -n 2 -q -m "not slow and not libreoffice" $(ARGS)

# Of what other programs judge, of whole packs built on trial and of long tables, a sample of each room; in CI all.
test: $(READY)
	@$(BIN)/python -m pytest -n 2 $(if $(CI),,-m "not whole") $(ARGS)

test-all: $(READY)
	@$(BIN)/python -m pytest -n 2 $(ARGS)

# What a change of the program makes it say: written into tests/cases/answers/, to be read in the diff; two minutes.
answers: $(READY)
	@$(BIN)/python -m pytest -q --record $(ARGS)

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

# About five minutes on two cores: the plain pipeline takes nearly all of it.
bench: $(READY)
	@$(BIN)/python benchmarks/cold.py
	@$(BIN)/python benchmarks/growth.py
	@$(BIN)/python benchmarks/clues.py
	@$(BIN)/python benchmarks/run.py $(ARGS)

# Mutants at every door until stopped or for SECONDS; what falls is kept in 输出示例/fuzz.
fuzz: $(READY)
	@$(BIN)/python tests/fuzz/fuzz_doors.py --seconds $(or $(SECONDS),3600) $(ARGS)

# All that is made of the packs: their workbooks and Word templates, the page of rules, the examples; two minutes.
packs: $(READY)
	@for pack in workbook_templates/*; do $(BIN)/jixiao pack build "$$pack" --document || exit 1; done
	@$(BIN)/jixiao pack rules hunan-2023 --page docs/规则一览.md
	@for data in examples/*/data.json examples/packs/*/data.json; do \
		book="$${data%data.json}填报表.xlsx"; rm -f "$$book"; $(BIN)/jixiao fill "$$data" -o "$$book" || exit 1; done
	@$(BIN)/python examples/batch/make.py

# The pictures of README and docs, from what the program writes today (LibreOffice, poppler, Chromium).
pictures: $(READY)
	@$(BIN)/python docs/images/make.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist 输出示例

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "没有找到 Python 3.11 以上版本，请先安装，或用 make PYTHON=路径 指定。"; exit 1; }
	@echo "正在准备运行环境（$(PYTHON)，只在第一次需要几分钟）……"
	@$(PYTHON) -m venv $(VENV) || { echo "建不了虚拟环境；在 Debian、Ubuntu 上请先安装 python3-venv。"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(READY)
